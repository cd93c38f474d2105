import Checkpoints
import Foundation
import Trajectories

/// The file of a causal map, which a run that was cut short goes on from.
struct CauseFile {
  /// Seconds after which a map on its way is written.
  private static let pause = 10.0
  /// Bytes of the longest line there is: a cell is short, and a head has both texts.
  private static let longestLine = 32 << 20

  private let path: String
  private let records: (CausalMap) -> CauseRecords
  /// Open from the start; nil once it has its name.
  private var file: OutputFile?
  private var written = Date()

  /// - Parameters:
  ///   - file: what is open to be written to, and becomes the file when it is whole.
  ///   - records: what a map is as lines.
  init(path: String, file: OutputFile?, records: @escaping (CausalMap) -> CauseRecords) {
    (self.path, self.file, self.records) = (path, file, records)
  }

  /// Takes the cells of the file into a map of the same question; iterations that it has beside those that
  /// were asked for stay. A last line that was cut short counts as missing.
  /// - Returns: the map as it is where there is no file, or an empty one.
  /// - Throws: `OutputError` for a file of something else, `CheckpointError` where it cannot be read.
  func read(_ map: CausalMap) throws -> CausalMap {
    guard FileSystem.isFile(path) else { return map }
    var lines = try ByteLines(path, limit: Self.longestLine)
    let head = records(map).header
    var number = 0
    var cells: [CausalMap.Cell: CausalMap.Effect] = [:]
    while let line = try lines.next() {
      number += 1
      guard lines.lastHadBreak else {
        if number == 1, !head.utf8.starts(with: line) { throw failure("is no causal map") }
        break
      }
      if number == 1 {
        try check(line, head)
        continue
      }
      guard let (cell, effect) = Self.cell(line, of: map) else {
        throw failure("line \(number) is no cell of this map; delete the line")
      }
      if let before = cells[cell], before != effect {
        throw failure(
          "line \(number) says something else of a cell than a line before; delete both")
      }
      cells[cell] = effect
    }
    let iterations = Set(map.iterations).union(cells.keys.map(\.iteration))
    var found = CausalMap(
      map.question, iterations: iterations.sorted(), answer: map.answer, other: map.other,
      cleanEffect: map.cleanEffect, corruptedEffect: map.corruptedEffect)
    for (cell, effect) in cells { found.add(effect, at: cell) }
    return found
  }

  /// Writes all that is there of a map, in place of what was written before.
  mutating func write(_ map: CausalMap) throws {
    let output = try file ?? OutputFile(path)
    file = nil
    for line in records(map).lines { try output.write(line: line) }
    try output.finish()
    written = Date()
  }

  /// The same where it was not done for a while.
  mutating func writeNowAndThen(_ map: CausalMap) throws {
    if Date().timeIntervalSince(written) >= Self.pause { try write(map) }
  }

  /// Sees that the first line is that of the same map.
  private func check(_ line: [UInt8], _ head: String) throws {
    if line.elementsEqual(head.utf8) { return }
    guard let found = try? JSONValue(parsing: line), let wanted = try? JSONValue(parsing: head),
      let schema = found["schema"]?.string, schema.hasPrefix("muninn.cause/")
    else { throw failure("is no causal map") }
    let names = [
      "schema", "model", "kind", "site", "last", "clean", "corrupted", "answer", "other",
    ]
    guard
      let name = names.first(where: {
        found[$0]?.serialized() != wanted[$0]?.serialized()
      })
    else {
      throw failure("has other numbers of both runs: another processor or version computed them")
    }
    func words(_ value: JSONValue?) -> String {
      let text = value?.string ?? value?.serialized() ?? "nothing"
      return DisplayText.escape(text.count > 60 ? text.prefix(60) + "…" : text)
    }
    throw failure("has another \(name): \(words(found[name])), not \(words(wanted[name]))")
  }

  private static func cell(
    _ line: [UInt8], of map: CausalMap
  ) -> (CausalMap.Cell, CausalMap.Effect)? {
    guard let record = try? JSONValue(parsing: line),
      record["schema"]?.string == CauseCommand.schema, let token = record["token"]?.integer,
      (0..<map.tokenCount).contains(token), let iteration = record["iteration"]?.integer,
      ((map.site == nil ? 0 : 1)...map.last).contains(iteration), let p = record["p"],
      let difference = record["logit_difference"]
    else { return nil }
    // What was no number was written as null.
    func number(_ value: JSONValue) -> Float? {
      value.number.map { Float($0) } ?? (value.isNull ? .nan : nil)
    }
    guard let p = number(p), let difference = number(difference) else { return nil }
    return (
      CausalMap.Cell(token: token, iteration: iteration),
      CausalMap.Effect(probability: p, logitDifference: difference)
    )
  }

  private func failure(_ problem: String) -> OutputError {
    OutputError(path: path, problem: problem + "; give another file, or leave out --resume")
  }
}
