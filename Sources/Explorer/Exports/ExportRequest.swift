import Exports
import Trajectories

/// What follows `export`: the format, the file and the pane.
struct ExportRequest: Sendable {
  let exporter: Exporter
  let path: String
  /// nil: the whole screen.
  let pane: PaneName?

  /// Reads `svg shot.svg heat`, `shot.svg`, `csv my table.csv`.
  /// - Throws: `ArgumentProblem` with what would work.
  init(_ text: String, _ state: ExplorerState) throws(ArgumentProblem) {
    var words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)[...]
    var named: Exporter?
    if words.count > 1, let first = words.first, let exporter = Exporter.named(first) {
      named = exporter
      words = words.dropFirst()
    }
    var pane: PaneName?
    if words.count > 1, let last = words.last, let found = PaneName.named(last) {
      pane = found
      words = words.dropLast()
    }
    let path = words.joined(separator: " ")
    guard let exporter = named ?? Exporter.forFile(path) else {
      let names = Exporter.all.map(\.name).joined(separator: ", ")
      let shown = "\"\(Printable.clip(path, 24))\""
      throw ArgumentProblem(
        Exporter.named(path) != nil
          ? "export takes a file after \(shown), such as run.\(path)"
          : "export tells by a format, one of \(names), or by how the file's name ends; \(shown) says neither"
      )
    }
    if pane != nil, case .picture = exporter.make {
    } else if let pane {
      throw ArgumentProblem(
        "\(exporter.name) is of more than a pane; without \(pane) it is written")
    }
    self.exporter = exporter
    self.path = ExportTarget.expanded(path)
    self.pane = pane
  }

  /// Writes it, or asks for what is to be written.
  func run(replaces: Bool, _ state: inout ExplorerState) -> [Effect] {
    let content: ExportContent
    switch exporter.make {
    case .runs: return Exporting.ask(exporter, to: path, replaces: replaces, &state)
    case .picture: content = .picture(state.picture(of: pane))
    case .film: content = .film(state.film())
    }
    state.say("writing \(Printable.clip(path, 60))")
    return [
      .export(ExportJob(exporter: exporter, content: content, path: path, replaces: replaces))
    ]
  }

  /// A line completed: the format first, or the pane last.
  static func completion(of text: String) -> String? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let last = words.last else { return nil }
    let names =
      words.count == 1 ? Exporter.all.map(\.name) : PaneName.allCases.map { "\($0)" }
    let before = words.dropLast().map { $0 + " " }.joined()
    return Parameter.completion(of: last, among: names).map { before + $0 }
  }
}
