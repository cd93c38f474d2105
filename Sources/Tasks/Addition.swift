extension ReasoningTask {
  /// `37+85=` → `122`: the first digit to write depends on carries from the last.
  static let addition = ReasoningTask(
    name: "add", title: "addition",
    summary: "the sum of two numbers, digits from the left: 37+85= is 122",
    unit: "digits", difficulties: 1...15, forms: [.latent], chance: 0,
    make: { difficulty, _, random in
      let first = number(digits: difficulty, &random)
      let second: Int
      if random.below(2) == 0 {
        second = nearComplement(first, digits: difficulty, &random)
      } else if random.below(4) == 0 {
        second = number(digits: 1 + random.below(difficulty), &random)
      } else {
        second = number(digits: difficulty, &random)
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

  /// A number that makes nearly every column of the sum 9, so that a carry from the right runs all
  /// the way, or just does not.
  private static func nearComplement(
    _ first: Int, digits: Int, _ random: inout TaskRandom
  ) -> Int {
    let complement = power(digits) - 1 - first
    let lowest = digits == 1 ? 0 : power(digits - 1)
    return min(max(complement + random.below(4) - 1, lowest), power(digits) - 1)
  }

  private static func additionProblem(_ first: Int, _ second: Int) -> Problem {
    Problem(prompt: "\(first)+\(second)=", answer: String(first + second))
  }
}
