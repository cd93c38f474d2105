import Exports

/// A file to be written at the edge, with everything that goes into it.
struct ExportJob: Sendable, Equatable {
  let exporter: Exporter
  let content: ExportContent
  let path: String
  /// Whether a file that is there may be replaced.
  let replaces: Bool

  /// Two that write the same kind of file to the same place.
  static func == (a: ExportJob, b: ExportJob) -> Bool {
    (a.exporter.name, a.path, a.replaces) == (b.exporter.name, b.path, b.replaces)
  }

  /// Writes it.
  /// - Returns: what was done, for people.
  /// - Throws: `ExportError`, `OutputError`.
  func write() throws -> String {
    if !replaces { try ExportTarget.checkFree(path, advice: "; :export! replaces it") }
    let count = try exporter.write(content, toFile: path, replaces: true)
    return "\(exporter.name) written to \(Printable.line(path)), \(Self.size(count))"
  }

  static func size(_ bytes: Int) -> String {
    if bytes < 1000 { return "\(bytes) bytes" }
    let kilobytes = Double(bytes) / 1000
    return kilobytes < 1000
      ? "\(Numbers.short(kilobytes)) kB" : "\(Numbers.short(kilobytes / 1000)) MB"
  }
}

/// Runs that are to be exported, as the compute side is asked for them.
public struct ExportQuestion: Sendable, Equatable {
  /// Which of all that were asked.
  let number: Int
  let exporter: Exporter
  let source: ExportSource
  let path: String
  let replaces: Bool

  public static func == (a: ExportQuestion, b: ExportQuestion) -> Bool { a.number == b.number }
}

/// What the explorer keeps of exports.
struct Exporting: Sendable {
  /// Asked so far.
  private(set) var count = 0
  /// Was asked for and has not come.
  private(set) var asked: ExportQuestion?

  /// Asks for runs, which come with everything that is wanted of them.
  static func ask(
    _ exporter: Exporter, to path: String, replaces: Bool, _ state: inout ExplorerState
  ) -> [Effect] {
    let source = state.exportSource
    do {
      try exporter.check(
        cells: source.runs.reduce(0) { $0 + $1.trajectory.tokens.count * $1.trajectory.steps.count }
      )
    } catch {
      state.fail(error.description)
      return []
    }
    state.exporting.count += 1
    let question = ExportQuestion(
      number: state.exporting.count, exporter: exporter, source: source, path: path,
      replaces: replaces)
    state.exporting.asked = question
    let count = question.source.runs.count
    state.say("measuring \(count) run\(count == 1 ? "" : "s") for \(Printable.clip(path, 60))")
    return [.submit(.export(question))]
  }

  /// They came.
  static func took(
    _ runs: ExportedRuns, for question: ExportQuestion, _ state: inout ExplorerState
  ) -> [Effect] {
    guard state.exporting.asked == question else { return [] }
    state.exporting.asked = nil
    return [
      .export(
        ExportJob(
          exporter: question.exporter, content: .runs(runs), path: question.path,
          replaces: question.replaces))
    ]
  }

  /// They do not come.
  mutating func stop() { asked = nil }
}

extension ExplorerState {
  /// All runs of the tree, as far as they were computed.
  var exportSource: ExportSource { ExportSource(runs) }
}
