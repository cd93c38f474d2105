import ArgumentParser
import Engine
import Trajectories

/// What a headless command runs on.
struct PromptOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "The prompt, as text.")
  var prompt: String?

  @Option(
    name: [.customShort("f"), .long],
    help: "A file holding the prompt, taken byte for byte; - for standard input.")
  var promptFile: String?

  @Option(help: "The prompt as token ids: 1,2,3. Nothing is added to them.")
  var promptIds: String?

  func validate() throws {
    let given = [prompt, promptFile, promptIds].compactMap { $0 }.count
    if given != 1 {
      throw ValidationError("Give exactly one of --prompt, --prompt-file and --prompt-ids.")
    }
    if let promptIds { _ = try TokenIDs.parse(promptIds) }
  }

  func source() throws -> PromptSource {
    if let prompt { return .text(prompt) }
    if let promptIds { return .ids(try TokenIDs.parse(promptIds)) }
    return .text(try PromptFile.read(promptFile ?? "-"))
  }
}

/// What a command runs on that takes several prompts at once.
struct PromptsOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "The prompt, as text; several times for several runs.")
  var prompt: [String] = []

  @Option(
    name: [.customShort("f"), .long],
    help: "A file holding the prompt, taken byte for byte; - for standard input.")
  var promptFile: String?

  @Option(
    help:
      "The prompt as token ids: 1,2,3. Nothing is added to them. Several times for several runs.")
  var promptIds: [String] = []

  func validate() throws {
    if given > 1 { throw Self.problem }
    for ids in promptIds { _ = try TokenIDs.parse(ids) }
  }

  /// In how many ways prompts are given.
  var given: Int {
    [!prompt.isEmpty, promptFile != nil, !promptIds.isEmpty].filter { $0 }.count
  }

  static var problem: ValidationError {
    ValidationError("Give exactly one of --prompt, --prompt-file and --prompt-ids.")
  }

  /// Whether none was given.
  var isEmpty: Bool { given == 0 }

  /// For commands that do nothing without a prompt.
  /// - Throws: `ValidationError` where none was given.
  func require() throws {
    if isEmpty { throw Self.problem }
  }

  /// How many prompts there are.
  var count: Int { max(1, prompt.count + promptIds.count) }

  func sources() throws -> [PromptSource] {
    if !prompt.isEmpty { return prompt.map { .text($0) } }
    if !promptIds.isEmpty { return try promptIds.map { .ids(try TokenIDs.parse($0)) } }
    return [.text(try PromptFile.read(promptFile ?? "-"))]
  }
}

/// Lists of token ids on the command line.
enum TokenIDs {
  static func parse(_ text: String) throws -> [Int] {
    try text.split(whereSeparator: { $0 == "," || $0 == " " }).map { part in
      guard let id = Int(part), id >= 0 else {
        throw ValidationError("--prompt-ids takes numbers such as 1,2,3; \"\(part)\" is none.")
      }
      return id
    }
  }
}

/// Prompts in files.
enum PromptFile {
  /// Bytes a prompt may have: far more than any model takes.
  static let limit = 16 << 20

  static func read(_ path: String) throws -> String {
    let bytes = try ByteLines.everything(path, limit: limit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError(
        "\(path == "-" ? "Standard input" : path) is not valid UTF-8; prompts are text.")
    }
    return text
  }
}
