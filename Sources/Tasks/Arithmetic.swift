extension ReasoningTask {
  /// `3+4-2+9?` → `4`: sequential, ten states.
  static let arithmetic = ReasoningTask(
    name: "arith", title: "arithmetic",
    summary: "sums and differences from left to right, modulo 10: 3+4-2+9? is 4",
    unit: "operators", difficulties: 1...48, forms: [.latent, .verbal], chance: 0.1,
    modulus: 10,
    longest: { 2 * $0 + 2 + $1.answerBytes($0) },
    make: { Calculation(operators: $0, from: [.plus, .minus], &$2).problem($1) },
    recognize: { Calculation.recognize($0, operators: [.plus, .minus]) })

  /// `3+4*2-9?` → `5`: steps that do not commute.
  static let multiplication = ReasoningTask(
    name: "arithm", title: "arithmetic with ×",
    summary: "as arithmetic with *, no precedence, modulo 10: 3+4*2-9? is 5",
    unit: "operators", difficulties: 1...48, forms: [.latent, .verbal], chance: 0.18,
    modulus: 10,
    longest: { 2 * $0 + 2 + $1.answerBytes($0) },
    make: { Calculation(operators: $0, from: Calculation.Operator.allCases, &$2).problem($1) },
    recognize: { Calculation.recognize($0, operators: Calculation.Operator.allCases) })
}

/// Digits with operators between them, worked from left to right modulo 10.
private struct Calculation {
  enum Operator: UInt8, CaseIterable {
    case plus = 0x2B
    case minus = 0x2D
    case times = 0x2A

    func apply(_ left: Int, _ right: Int) -> Int {
      switch self {
      case .plus: (left + right) % 10
      case .minus: (left - right + 10) % 10
      case .times: left * right % 10
      }
    }
  }

  private let first: Int
  private var steps: [(operator: Operator, operand: Int)] = []

  init(operators count: Int, from choices: [Operator], _ random: inout TaskRandom) {
    first = random.below(10)
    for _ in 0..<count {
      steps.append((choices[random.below(choices.count)], random.below(10)))
    }
  }

  /// Reads `3+4-2`.
  private init?(_ bytes: ArraySlice<UInt8>, operators: [Operator]) {
    guard bytes.count >= 3, bytes.count % 2 == 1, let first = bytes.first?.digitValue else {
      return nil
    }
    self.first = first
    for index in stride(from: bytes.startIndex + 1, to: bytes.endIndex, by: 2) {
      guard let symbol = Operator(rawValue: bytes[index]), operators.contains(symbol),
        let operand = bytes[index + 1].digitValue
      else { return nil }
      steps.append((symbol, operand))
    }
  }

  static func recognize(_ prompt: String, operators: [Operator]) -> RecognizedProblem? {
    guard let reading = PromptReading(prompt, markers: PromptReading.markers),
      let calculation = Calculation(reading.body, operators: operators)
    else { return nil }
    return reading.recognized(
      difficulty: calculation.steps.count, as: calculation.problem(reading.form))
  }

  /// At every operator the value of what stands before it can be known.
  func problem(_ form: AnswerForm) -> Problem {
    var value = first
    var prompt = [UInt8(digit: first)]
    var results: [UInt8] = []
    var partial: [PartialResult] = []
    for step in steps {
      partial.append(PartialResult(offset: prompt.count, value: UInt8(digit: value)))
      prompt += [step.operator.rawValue, UInt8(digit: step.operand)]
      value = step.operator.apply(value, step.operand)
      results.append(UInt8(digit: value))
    }
    return Problem(
      prompt: String(decoding: prompt + [form.marker], as: UTF8.self), results: results,
      form: form, partialResults: partial)
  }
}
