import ArgumentParser
import Checkpoints
import Foundation

/// `muninn tokenize`: text lines to token ids and pieces, or back.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Turn text into tokens, or tokens into text.",
    discussion: """
      Reads lines from FILE or standard input, one text each, and prints the token ids separated \
      by spaces, a tab, and the pieces separated by spaces (escaped for a terminal).
      With --jsonl each line is {"text": …} and each result {"ids": …, "pieces": …}; that form also \
      carries texts with line breaks. A text has at most 16 MiB. With --decode it goes the other way: ids separated by spaces \
      or commas, or {"ids": …}, become text, or {"text": …}.
      Without --model and --tokenizer the embedded model's tokenizer is used.
      """)

  @Option(help: "A model: folder, .safetensors file, or org/name in the local hub cache.")
  var model: String?

  @Option(help: "A tokenizer.json.")
  var tokenizer: String?

  @Option(help: "Branch, tag or commit of a model in the hub cache.")
  var revision: String?

  @Flag(help: "Add no special tokens (with --decode: leave them out of the text).")
  var noSpecial = false

  @Flag(help: "Read and write JSON, one object a line.")
  var jsonl = false

  @Flag(help: "Turn ids into text.")
  var decode = false

  @Argument(help: "The file to read; - or nothing for standard input.")
  var file: String?

  mutating func validate() throws {
    guard model == nil || tokenizer == nil else {
      throw ValidationError("Give --model or --tokenizer, not both.")
    }
  }

  func run() throws {
    let tokenizer = try loadTokenizer()
    for note in tokenizer.notes { StandardError.say(note) }
    let coder = LineCoder(
      tokenizer: tokenizer, skipsSpecial: noSpecial, isJSON: jsonl, decodes: decode)
    var lines = try ByteLines(file ?? "-", limit: Self.longestText)
    var number = 0
    var broken = 0
    while let line = try lines.next() {
      number += 1
      if !jsonl, !decode, String(validating: line, as: UTF8.self) == nil {
        broken += 1
        if broken == 1 {
          StandardError.say(
            "Line \(number) is not valid UTF-8: what is broken in it is read as U+FFFD.")
        }
      }
      let converted: String
      do throws(LineCoder.Failure) {
        converted = try coder.convert(line)
      } catch {
        throw CheckpointError(.damaged, file: file, "Line \(number): \(error.message)")
      }
      // Text that was decoded is printed as it is, but not at a terminal.
      if decode && !jsonl && StandardOutput.isTerminal {
        try StandardOutput.say(converted)
      } else {
        try StandardOutput.data(converted)
      }
    }
    if broken > 1 { StandardError.say("\(broken) lines are not valid UTF-8.") }
  }

  /// Bytes of a text.
  private static let longestText = 16 << 20

  private func loadTokenizer() throws -> Tokenizer {
    if let tokenizer { return try Tokenizer.open(tokenizer) }
    let checkpoint =
      try model.map { try Checkpoint.open($0, revision: revision) } ?? Checkpoint.embedded()
    switch checkpoint.tokenizer {
    case .present(let tokenizer): return tokenizer
    case .missing:
      throw CheckpointError(.missing, file: checkpoint.source, "The model has no tokenizer.json.")
    case .unreadable(let error): throw error
    }
  }
}

/// Converts one line of input into one line of output.
struct LineCoder {
  let tokenizer: Tokenizer
  let skipsSpecial: Bool
  let isJSON: Bool
  let decodes: Bool

  /// What is wrong with a line.
  struct Failure: Error, Equatable {
    let message: String
  }

  func convert(_ line: [UInt8]) throws(Failure) -> String {
    decodes ? try text(ids(line)) : try tokens(text(line))
  }

  private func document(_ line: [UInt8]) throws(Failure) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsing: line)
    } catch {
      throw Failure(message: "\(error).")
    }
  }

  private func text(_ line: [UInt8]) throws(Failure) -> String {
    guard isJSON else { return String(decoding: line, as: UTF8.self) }
    guard let text = try document(line)["text"]?.string else {
      throw Failure(message: "an object with a string 'text' was expected.")
    }
    return text
  }

  private func tokens(_ text: String) throws(Failure) -> String {
    let ids: [Int]
    do throws(CheckpointError) {
      ids = try tokenizer.encode(text, addSpecialTokens: !skipsSpecial)
    } catch {
      throw Failure(message: error.cause)
    }
    if isJSON {
      return JSONValue.object([
        JSONMember("ids", .array(ids.map { .integer($0) })),
        JSONMember("pieces", .array(ids.map { .string(tokenizer.piece($0)) })),
      ]).serialized()
    }
    let pieces = ids.map { DisplayText.escape(tokenizer.piece($0)) }
    return ids.map(String.init).joined(separator: " ") + "\t" + pieces.joined(separator: " ")
  }

  private func ids(_ line: [UInt8]) throws(Failure) -> [Int] {
    var ids: [Int] = []
    if isJSON {
      guard let list = try document(line)["ids"]?.array else {
        throw Failure(message: "an object with an array 'ids' was expected.")
      }
      for value in list {
        guard let id = value.integer else {
          throw Failure(message: "\(value.serialized()) is no token id.")
        }
        ids.append(id)
      }
    } else {
      let words = line.split { $0 == 0x20 || $0 == 0x2C || $0 == 0x09 || $0 == 0x0D }
      for word in words.map({ String(decoding: $0, as: UTF8.self) }) {
        guard let id = Int(word) else {
          throw Failure(message: "'\(DisplayText.escape(word))' is no token id.")
        }
        ids.append(id)
      }
    }
    for id in ids where tokenizer.bytes(of: id) == nil {
      throw Failure(message: "the token id \(id) is not in the vocabulary.")
    }
    return ids
  }

  private func text(_ ids: [Int]) throws(Failure) -> String {
    let text = tokenizer.decode(ids, skipSpecialTokens: skipsSpecial)
    return isJSON ? JSONValue.object([JSONMember("text", .string(text))]).serialized() : text
  }
}
