import Checkpoints

/// Why a model cannot be made or cannot run what it was asked to.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A key of config.json is missing or makes no sense; `file` is where it lies, once that is known.
  case configuration(key: String, problem: String, file: String? = nil)
  /// The files describe a family that is not read.
  case unsupportedFamily(String)
  /// The packed weights would not fit.
  case notEnoughMemory(needed: Int, available: Int)
  case emptyPrompt
  case promptTooLong(tokens: Int, maximum: Int)
  /// A thought would stand behind the last position there is.
  case thoughtsTooLong(iteration: Int, maximum: Int)
  case unknownToken(id: Int, position: Int, vocabularySize: Int)
  case initialStateShape(found: [Int], expected: [Int])
  case nonFiniteInitialState(row: Int, column: Int)
  /// The family has one start only; `asked` says what was wanted instead.
  case fixedStart(asked: String)

  /// Reads a configuration, naming its file in what is wrong with it.
  static func reading<Configuration>(
    _ checkpoint: Checkpoint, _ read: (JSONValue) throws(ModelError) -> Configuration
  ) throws(ModelError) -> Configuration {
    do throws(ModelError) {
      return try read(checkpoint.configuration)
    } catch .configuration(let key, let problem, nil) {
      throw .configuration(key: key, problem: problem, file: checkpoint.configurationPath)
    }
  }

  private static func gigabytes(_ bytes: Int) -> String {
    let hundredths = (Double(bytes) / 1e7).rounded(.up)
    return String(hundredths / 100)
  }

  public var description: String {
    switch self {
    case .configuration(let key, let problem, let file):
      "\(file ?? "config.json"): \(key) \(problem)."
    case .unsupportedFamily(let what):
      "\(what) This version opens: \(ModelFamily.all.map(\.name).joined(separator: ", "))."
    case .notEnoughMemory(let needed, let available):
      "The weights need \(Self.gigabytes(needed)) GB of memory and \(Self.gigabytes(available)) GB "
        + "are available. Close other programs, raise the limit, or use a smaller model."
    case .emptyPrompt:
      "The prompt has no tokens. Give at least one character that the tokenizer keeps."
    case .promptTooLong(let tokens, let maximum):
      "The prompt has \(tokens) tokens; this model takes at most \(maximum)."
    case .thoughtsTooLong(let iteration, let maximum):
      "Iteration \(iteration) needs a position of its own, and this model has \(maximum), which text "
        + "and thoughts have filled. Ask for fewer iterations or a shorter prompt."
    case .unknownToken(let id, let position, let vocabularySize):
      "Token id \(id) at position \(position) is outside the vocabulary (0 to "
        + "\(vocabularySize - 1))."
    case .initialStateShape(let found, let expected):
      "The given initial state has shape \(found), this prompt and model need \(expected)."
    case .nonFiniteInitialState(let row, let column):
      "The given initial state holds NaN or infinity at token \(row), element \(column)."
    case .fixedStart(let asked):
      "This model starts from its prompt, which enters nowhere else, and cannot start from \(asked). "
        + "Leave the start out."
    }
  }
}
