import Checkpoints
import Engine
import Foundation
import Generation
import Glibc
import Trajectories

/// Where generated tokens go: text as it comes, or a record for each token.
///
/// Text is that of all tokens together. A letter whose bytes lie in several tokens comes with the last
/// of them, in the records too: the texts of all records joined are what is written without them.
struct GeneratedText {
  static let schema = "muninn.generate/1"
  private let codec: TextCodec
  private let asRecords: Bool
  private let isTerminal = StandardOutput.isTerminal
  private var watch: StopWatch
  private var stream: TextStream
  /// Records that wait for what is held back: it belongs to the last of them.
  private var waiting: [Record] = []
  private(set) var iterations: [Int] = []

  private struct Record {
    let token: Int
    let generated: GeneratedToken
    var text: [UInt8]
    /// The token's own bytes, where they are no whole letters.
    let bytes: [UInt8]?
    let isStop: Bool
  }

  /// - Parameter prompt: the tokens behind which the text stands.
  init(_ codec: TextCodec, after prompt: [Int], stopStrings: [String], asRecords: Bool) {
    self.codec = codec
    self.asRecords = asRecords
    stream = codec.stream(prompt)
    watch = StopWatch(strings: stopStrings)
  }

  /// Whether a stop string came.
  var isStopped: Bool { watch.isStopped }

  /// Takes one token.
  /// - Parameter isStop: whether it ends the text; it is recorded, not printed.
  mutating func take(_ token: GeneratedToken, isStop: Bool) throws {
    iterations.append(token.iterations)
    let shown =
      isStop || codec.token(token.id).isSpecial ? [] : watch.take(Array(stream.take(token.id).utf8))
    guard asRecords else { return try write(printable(shown)) }
    waiting.append(
      Record(
        token: iterations.count - 1, generated: token, text: shown,
        bytes: codec.partialBytes(token.id),
        isStop: isStop || watch.isStopped))
    if !isHolding { try writeRecords() }
  }

  /// Writes what was held back, and ends the line.
  mutating func finish() throws {
    let rest = watch.take(Array(stream.finish().utf8)) + watch.rest()
    guard asRecords else { return try write(printable(rest) + [0x0A]) }
    if let last = waiting.indices.last { waiting[last].text += rest }
    try writeRecords()
  }

  /// Whether there is text that has not come out yet.
  private var isHolding: Bool {
    var (stream, watch) = (stream, watch)
    return !watch.isStopped && !(watch.take(Array(stream.finish().utf8)) + watch.rest()).isEmpty
  }

  private mutating func writeRecords() throws {
    let lines = waiting.map { Self.line($0) + "\n" }.joined()
    waiting = []
    try write(Array(lines.utf8))
  }

  private static func line(_ record: Record) -> String {
    var line = JSONLine()
    line.add("schema", schema)
    line.add("token", record.token)
    line.add("id", record.generated.id)
    line.add("text", String(decoding: record.text, as: UTF8.self))
    if let bytes = record.bytes { line.add("bytes", bytes) }
    line.add("iterations", record.generated.iterations)
    line.add(
      "exit_values",
      raw: "[" + record.generated.exitValues.map(JSONLine.number).joined(separator: ",") + "]")
    line.add("stop", raw: record.isStop ? "true" : "false")
    return line.line
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
