import Foundation

/// How a family of continuous-thought models wants to be asked, and how its answers are read: by the
/// code that published results were measured with.
public struct ThoughtFormat: Sendable, Equatable {
  /// What stands before and after a question; the token that begins thoughts follows, where there is
  /// one.
  public let before: String
  public let after: String
  /// Where the answer stands in what was written.
  public let answer: Answer

  public enum Answer: Sendable, Equatable {
    /// After the last of these, without commas between digits where `dropsCommas` says so.
    case after(String, dropsCommas: Bool)
    /// The last signed decimal number.
    case lastNumber
  }

  public static let coconut = ThoughtFormat(
    before: "", after: "\n", answer: .after("#", dropsCommas: true))
  public static let codi = ThoughtFormat(before: "", after: "", answer: .lastNumber)
  public static let colar = ThoughtFormat(
    before: "Question: ", after: " Let's think step by step:(Thinking speed: 2)###",
    answer: .after("Answer:", dropsCommas: false))

  /// A question as the model was trained on it, without the token that begins thoughts.
  public func prompt(_ question: String) -> String { before + question + after }

  /// The number that a text answers with; nil where it has none that can be read.
  public func number(in text: String) -> Double? {
    switch answer {
    case .after(let mark, let dropsCommas):
      // Without the mark the whole text is tried, as the published code does.
      let rest =
        text.range(of: mark, options: .backwards).map { text[$0.upperBound...] } ?? text[...]
      return Self.decimal(dropsCommas ? String(rest.replacing(",", with: "")) : String(rest))
    case .lastNumber:
      return text.replacing(",", with: "").matches(of: /-?\d+(?:\.\d+)?|-?\.\d+/).last
        .flatMap { Double($0.output) }
    }
  }

  /// The words that a text answers with, without the blanks around them; empty where it has none.
  ///
  /// Like numbers they stand behind the mark, the last where there are several; without it all of the text is
  /// the answer.
  public func words(in text: String) -> String {
    let mark: String
    switch answer {
    case .after(let own, _): mark = own
    case .lastNumber: mark = "The answer is:"
    }
    let rest =
      text.range(of: mark, options: .backwards).map { text[$0.upperBound...] } ?? text[...]
    return rest.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A number as Python's `float` reads it, but for infinities and NaN.
  private static func decimal(_ text: String) -> Double? {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard trimmed.wholeMatch(of: /[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/) != nil,
      let value = Double(trimmed.hasSuffix(".") ? trimmed + "0" : trimmed), value.isFinite
    else { return nil }
    return value
  }
}

extension ModelFacts {
  /// Iterations unless told otherwise; of a model that ends its thoughts itself, the most it may have
  /// behind so many tokens.
  public func usualMost(behind tokens: Int) -> Int {
    guard let thoughts, thoughts.tokens.stop != nil else { return defaultIterations }
    return max(1, min(thoughts.most, maximumTokens - tokens))
  }
}

/// What is known of the thoughts of a model: each takes a position of the text, and an iteration looks
/// at the keys and values of those before it, so that a state needs its own memory to go on.
public struct ThoughtFacts: Sendable, Equatable {
  public var tokens: ThoughtTokens
  public var format: ThoughtFormat
  /// How many are had where the model ends them itself and does not.
  public var most: Int

  /// Thoughts that the published models were trained and are run with.
  public static let usualCount = 6

  public init(tokens: ThoughtTokens, format: ThoughtFormat, most: Int = 64) {
    self.tokens = tokens
    self.format = format
    self.most = most
  }

  /// Token ids of a question as the model wants to be asked. Written out with what begins thoughts, a
  /// prompt is taken as it is.
  /// - Parameter encode: the tokenizer's.
  public func ids(
    of text: String, _ encode: (String) throws -> [Int]
  ) rethrows -> [Int] {
    let plain = try encode(text)
    if let start = tokens.start {
      return plain.contains(start) ? plain : try encode(format.prompt(text)) + [start]
    }
    return text.hasSuffix(format.after) ? plain : try encode(format.prompt(text))
  }

  /// The token that follows the thoughts of a prompt whatever the model would say; nil where it says.
  public func forcedToken(after ids: [Int]) -> Int? {
    guard let start = tokens.start, ids.last == start else { return nil }
    return tokens.end
  }
}
