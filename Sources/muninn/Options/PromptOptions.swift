import ArgumentParser
import Foundation
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
  static func read(_ path: String) throws -> String {
    let data: Data
    if path == "-" {
      data = try FileHandle.standardInput.readToEnd() ?? Data()
    } else {
      data = Data(try bytes(path))
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ValidationError(
        "\(path == "-" ? "Standard input" : path) is not valid UTF-8; prompts are text.")
    }
    return text
  }

  /// Read by the system's calls: Foundation has one word for many reasons.
  private static func bytes(_ path: String) throws -> [UInt8] {
    func failure() -> ValidationError {
      ValidationError("\(path) cannot be read: \(String(cString: strerror(errno))).")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure() }
      if count == 0 { return bytes }
      bytes += chunk.prefix(count)
      guard bytes.count <= most else {
        throw ValidationError("\(path) has more than \(most) bytes; prompts are texts.")
      }
    }
  }

  /// No model reads as much.
  private static let most = 1 << 26
}
