/// A prompt without what does not matter around it, taken apart byte by byte.
struct PromptReading {
  /// The prompt between its marker of the task and its marker of the form.
  let body: ArraySlice<UInt8>
  let form: AnswerForm
  /// Bytes before the prompt proper.
  private let leading: Int
  private let text: [UInt8]

  /// - Parameters:
  ///   - opening: the byte the prompt begins with, if it has one of its own.
  ///   - markers: the byte the prompt ends with, by form.
  init?(_ prompt: String, opening: Character? = nil, markers: [AnswerForm: Character]) {
    let bytes = Array(prompt.utf8)
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x0A }
    leading = bytes.prefix(while: isBlank).count
    let trailing = bytes.reversed().prefix(while: isBlank).count
    guard leading + trailing < bytes.count else { return nil }
    text = Array(bytes[leading..<bytes.count - trailing])
    guard let last = text.last,
      let form = markers.first(where: { $0.value.asciiValue == last })?.key
    else { return nil }
    self.form = form
    if let opening {
      guard text.count > 1, text[0] == opening.asciiValue else { return nil }
      body = text[1..<text.count - 1]
    } else {
      body = text[..<(text.count - 1)]
    }
  }

  /// The markers most tasks use.
  static let markers: [AnswerForm: Character] = [.latent: "?", .verbal: "!"]

  /// What was recognised, if writing it out again gives the very same prompt.
  func recognized(difficulty: Int, as problem: Problem) -> RecognizedProblem? {
    guard Array(problem.prompt.utf8) == text else { return nil }
    return RecognizedProblem(
      difficulty: difficulty, form: form, answer: problem.answer,
      partialResults: problem.partialResults.map {
        PartialResult(offset: $0.offset + leading, value: $0.value)
      })
  }
}

extension AnswerForm {
  /// The byte that asks for an answer in this form, in most tasks.
  var marker: UInt8 {
    switch self {
    case .latent: UInt8(ascii: "?")
    case .verbal: UInt8(ascii: "!")
    }
  }

  /// Bytes of the answer of a problem solved in so many steps.
  func answerBytes(_ steps: Int) -> Int { self == .latent ? min(1, steps) : steps }

  /// The answer of a problem solved in steps: the last result, or all of them.
  func answer(_ results: [UInt8]) -> String {
    switch self {
    case .latent: String(decoding: results.suffix(1), as: UTF8.self)
    case .verbal: String(decoding: results, as: UTF8.self)
    }
  }
}

extension Problem {
  /// A problem that is solved in steps, of whose results the last is the answer.
  init(
    prompt: String, results: [UInt8], form: AnswerForm, partialResults: [PartialResult] = []
  ) {
    self.init(
      prompt: prompt, answer: form.answer(results), partialResults: partialResults,
      steps: results.map { String(decoding: [$0], as: UTF8.self) })
  }
}

extension UInt8 {
  /// The digit's byte of 0...9.
  init(digit value: Int) { self = UInt8(ascii: "0") + UInt8(value) }

  /// What a digit's byte says.
  var digitValue: Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int(self - UInt8(ascii: "0")) : nil
  }

  /// Whether it is one of a–z.
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
