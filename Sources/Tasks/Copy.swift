extension ReasoningTask {
  /// `>ke4z=` → `ke4z`: no step waits for another.
  static let copy = ReasoningTask(
    name: "copy", title: "copy", summary: "the same again: >ke4z= is ke4z",
    unit: "letters", difficulties: 1...40, forms: [.latent], chance: 0,
    longest: { difficulty, _ in 2 * difficulty + 2 },
    make: { difficulty, _, random in
      copyProblem((0..<difficulty).map { _ in alphabet[random.below(alphabet.count)] }[...])
    },
    recognize: { prompt in
      guard let reading = PromptReading(prompt, opening: ">", markers: [.latent: "="]),
        !reading.body.isEmpty, reading.body.allSatisfy({ $0.isLetter || $0.digitValue != nil })
      else { return nil }
      return reading.recognized(difficulty: reading.body.count, as: copyProblem(reading.body))
    })

  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)

  private static func copyProblem(_ letters: ArraySlice<UInt8>) -> Problem {
    let text = String(decoding: letters, as: UTF8.self)
    return Problem(prompt: ">\(text)=", answer: text)
  }
}
