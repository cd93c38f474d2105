extension ReasoningTask {
  /// `@b ab bc ac?` → `c`: the word problem of the permutations of three things.
  static let shellGame = ReasoningTask(
    name: "swap", title: "shell game",
    summary: "a ball under cup b, then cups are swapped; where is it: @b ab bc ac? is c",
    unit: "swaps", difficulties: 1...32, forms: [.latent, .verbal], chance: 1.0 / 3,
    longest: { 3 * $0 + 3 + $1.answerBytes($0) },
    make: { difficulty, form, random in
      let start = cups[random.below(3)]
      let swaps = (0..<difficulty).map { _ in pairs[random.below(3)] }
      return shellProblem(start, swaps, form)
    },
    recognize: { prompt in
      guard let reading = PromptReading(prompt, opening: "@", markers: PromptReading.markers)
      else { return nil }
      let words = reading.body.split(separator: UInt8(ascii: " ")).map(Array.init)
      guard words.count >= 2, words[0].count == 1,
        words.joined().allSatisfy({ cups.contains($0) }),
        words.dropFirst().allSatisfy({ $0.count == 2 && $0[0] != $0[1] })
      else { return nil }
      return reading.recognized(
        difficulty: words.count - 1,
        as: shellProblem(words[0][0], Array(words.dropFirst()), reading.form))
    })

  private static let cups = Array("abc".utf8)
  private static let pairs = ["ab", "bc", "ac"].map { Array($0.utf8) }

  /// At the blank before every swap the cup so far can be known.
  private static func shellProblem(
    _ start: UInt8, _ swaps: [[UInt8]], _ form: AnswerForm
  ) -> Problem {
    var cup = start
    var prompt = [UInt8(ascii: "@"), start]
    var results: [UInt8] = []
    var partial: [PartialResult] = []
    for swap in swaps {
      partial.append(PartialResult(offset: prompt.count, value: cup))
      prompt += [UInt8(ascii: " ")] + swap
      if cup == swap[0] { cup = swap[1] } else if cup == swap[1] { cup = swap[0] }
      results.append(cup)
    }
    return Problem(
      prompt: String(decoding: prompt + [form.marker], as: UTF8.self), results: results,
      form: form, partialResults: partial)
  }
}
