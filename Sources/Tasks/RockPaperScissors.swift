extension ReasoningTask {
  /// `%rpssr?` → `r`: a fold that is not associative, three states.
  static let rockPaperScissors = ReasoningTask(
    name: "rps", title: "king of the hill",
    summary: "rock, paper, scissors: the winner so far meets the next: %rpssr? is r",
    unit: "fights", difficulties: 1...96, forms: [.latent, .verbal], chance: 1.0 / 3,
    longest: { $0 + 3 + $1.answerBytes($0) },
    make: { difficulty, form, random in
      let hands = (0...difficulty).map { _ in Hand.allCases[random.below(3)] }
      return hillProblem(hands, form)
    },
    recognize: { prompt in
      guard let reading = PromptReading(prompt, opening: "%", markers: PromptReading.markers)
      else { return nil }
      let hands = reading.body.compactMap(Hand.init(rawValue:))
      guard hands.count >= 2 else { return nil }
      return reading.recognized(
        difficulty: hands.count - 1, as: hillProblem(hands, reading.form))
    })

  private enum Hand: UInt8, CaseIterable {
    case rock = 0x72
    case paper = 0x70
    case scissors = 0x73

    func beats(_ other: Hand) -> Bool {
      switch (self, other) {
      case (.rock, .scissors), (.paper, .rock), (.scissors, .paper): true
      default: false
      }
    }
  }

  private static func hillProblem(_ hands: [Hand], _ form: AnswerForm) -> Problem {
    var winner = hands[0]
    let winners = hands.dropFirst().map { hand in
      if hand.beats(winner) { winner = hand }
      return winner.rawValue
    }
    return Problem(
      prompt: String(
        decoding: [UInt8(ascii: "%")] + hands.map(\.rawValue) + [form.marker], as: UTF8.self),
      results: winners, form: form,
      partialResults: winners.enumerated().map { PartialResult(offset: $0 + 2, value: $1) })
  }
}
