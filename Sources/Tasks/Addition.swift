extension ReasoningTask {
  /// `37+85=` → `122`: the first digit to write depends on carries from the last.
  static let addition = ReasoningTask(
    name: "add", title: "addition",
    summary: "the sum of two numbers, digits from the left: 37+85= is 122",
    unit: "digits", difficulties: 1...15, forms: [.latent], chance: 0,
    longest: { difficulty, _ in 2 * difficulty + 2 + difficulty + 1 },
    make: { difficulty, _, random in
      let first = number(digits: difficulty, &random)
      let second =
        if random.below(2) == 0 {
          partner(of: first, digits: difficulty, &random)
        } else {
          number(digits: random.below(4) == 0 ? 1 + random.below(difficulty) : difficulty, &random)
        }
      return random.below(2) == 0
        ? additionProblem(first, second) : additionProblem(second, first)
    },
    recognize: { prompt in
      guard let reading = PromptReading(prompt, markers: [.latent: "="]) else { return nil }
      let terms = reading.body.split(separator: UInt8(ascii: "+"), omittingEmptySubsequences: false)
      guard terms.count == 2,
        terms.allSatisfy({ (1...15).contains($0.count) && $0.allSatisfy { $0.digitValue != nil } }),
        let first = Int(String(decoding: terms[0], as: UTF8.self)),
        let second = Int(String(decoding: terms[1], as: UTF8.self))
      else { return nil }
      return reading.recognized(
        difficulty: max(terms[0].count, terms[1].count), as: additionProblem(first, second))
    })

  private static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { p, _ in p * 10 } }

  /// A number without a leading zero; of one digit, 0 too.
  private static func number(digits: Int, _ random: inout TaskRandom) -> Int {
    let lowest = digits == 1 ? 0 : power(digits - 1)
    return lowest + random.below(power(digits) - lowest)
  }

  /// A number that makes all columns of the sum 9 down to some place, so that what happens there
  /// decides every digit before it.
  private static func partner(
    of first: Int, digits: Int, _ random: inout TaskRandom
  ) -> Int {
    let place = power(1 + random.below(digits))
    return (power(digits) - 1 - first) / place * place + random.below(place)
  }

  /// At every digit of the second number the sum of its column is known, but for the carry from
  /// the right; where the numbers differ in length, which column it is in is not known yet.
  private static func additionProblem(_ first: Int, _ second: Int) -> Problem {
    let terms = [first, second].map { Array(String($0).utf8) }
    let columns =
      terms[0].count == terms[1].count
      ? zip(terms[0], terms[1]).enumerated().map { column, pair in
        PartialResult(
          offset: terms[0].count + 1 + column,
          value: UInt8(digit: ((pair.0.digitValue ?? 0) + (pair.1.digitValue ?? 0)) % 10))
      } : []
    return Problem(
      prompt: "\(first)+\(second)=", answer: String(first + second), partialResults: columns)
  }
}
