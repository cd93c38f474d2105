extension ReasoningTask {
  /// `#0110101?` → `0`: sequential, two states.
  static let parity = ReasoningTask(
    name: "parity", title: "parity",
    summary: "whether the number of ones is odd (1) or even (0): #0110101? is 0", unit: "bits",
    difficulties: 1...96, forms: [.latent, .verbal], chance: 0.5,
    longest: { $0 + 2 + $1.answerBytes($0) },
    make: { difficulty, form, random in
      parityProblem((0..<difficulty).map { _ in UInt8(digit: random.below(2)) }[...], form)
    },
    recognize: { prompt in
      guard let reading = PromptReading(prompt, opening: "#", markers: PromptReading.markers),
        !reading.body.isEmpty, reading.body.allSatisfy({ ($0.digitValue ?? 9) < 2 })
      else { return nil }
      return reading.recognized(
        difficulty: reading.body.count, as: parityProblem(reading.body, reading.form))
    })

  private static func parityProblem(_ bits: ArraySlice<UInt8>, _ form: AnswerForm) -> Problem {
    var ones = 0
    let running = bits.map { bit in
      ones += bit.digitValue ?? 0
      return UInt8(digit: ones % 2)
    }
    return Problem(
      prompt: String(decoding: [UInt8(ascii: "#")] + bits + [form.marker], as: UTF8.self),
      results: running, form: form,
      partialResults: running.enumerated().map { PartialResult(offset: $0 + 1, value: $1) })
  }
}
