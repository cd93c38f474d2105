import Checkpoints
import Foundation
import Glibc
import Trajectories

/// Where generated tokens go: text as it comes, or a record for each token.
struct GeneratedText {
  static let schema = "muninn.generate/1"
  private let tokenizer: Tokenizer?
  private let asRecords: Bool
  private let isTerminal = StandardOutput.isTerminal
  private var watch: StopWatch
  private(set) var iterations: [Int] = []

  init(_ tokenizer: Checkpoint.TokenizerState, stopStrings: [String], asRecords: Bool) {
    if case .present(let tokenizer) = tokenizer {
      self.tokenizer = tokenizer
    } else {
      self.tokenizer = nil
    }
    self.asRecords = asRecords
    watch = StopWatch(strings: stopStrings)
  }

  /// Whether a stop string came.
  var isStopped: Bool { watch.isStopped }

  /// Takes one token.
  /// - Parameter isStop: whether it ends the text; it is recorded, not printed.
  mutating func take(_ token: GeneratedToken, isStop: Bool) throws {
    iterations.append(token.iterations)
    let bytes = tokenizer?.bytes(of: token.id) ?? Array("#\(token.id) ".utf8)
    let isSpecial = tokenizer?.isSpecial(token.id) ?? false
    let shown = isStop || isSpecial ? [] : watch.take(bytes)
    guard asRecords else { return try write(printable(shown)) }
    var line = JSONLine()
    line.add("schema", Self.schema)
    line.add("token", iterations.count - 1)
    line.add("id", token.id)
    line.add("text", String(decoding: bytes, as: UTF8.self))
    line.add("iterations", token.iterations)
    line.add(
      "exit_values",
      raw: "[" + token.exitValues.map(JSONLine.number).joined(separator: ",") + "]")
    line.add("stop", raw: isStop || watch.isStopped ? "true" : "false")
    try write(Array((line.line + "\n").utf8))
  }

  /// Writes what was held back, and ends the line.
  mutating func finish() throws {
    if !asRecords { try write(printable(watch.rest()) + [0x0A]) }
  }

  /// Control bytes would speak to the terminal; elsewhere they are passed on.
  private func printable(_ bytes: [UInt8]) -> [UInt8] {
    guard isTerminal else { return bytes }
    return Array(
      String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
        let isControl = scalar.properties.generalCategory == .control
        return isControl && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : Character(scalar)
      }.reduce(into: "") { $0.append($1) }.utf8)
  }

  private func write(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    try StandardOutput.put(bytes)
    // Text is read as it comes, by programs too.
    try StandardOutput.flush()
  }
}
