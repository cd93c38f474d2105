import Exports

/// What leaves the program.
let exportCommands: [Command] = [
  Command(
    name: "export", title: "export",
    doc:
      "Write to a file, as it ends or as a format says: `export run.html`, `export svg shot.svg heat`; "
      + Exporter.all.map(\.name).joined(separator: ", ") + ". A file that is there stays.",
    keys: [], group: .program, isLogged: false, reason: Command.needsSettledRun,
    parameters: [exportParameter],
    perform: { state, given in export(given, replaces: false, &state) }),
  Command(
    name: "export!", title: "export!", doc: "As export, in place of a file that is there.",
    keys: [], group: .program, isLogged: false, reason: Command.needsSettledRun,
    parameters: [exportParameter],
    perform: { state, given in export(given, replaces: true, &state) }),
  Command(
    name: "copy", title: "copy", doc: "Copy the pane in front as text to the terminal's clipboard.",
    keys: [.character("y")], group: .program, isLogged: false, reason: Command.needsRun,
    parameters: [.choice("pane", shownPanes, "the pane to copy", usual: "the one in front")],
    perform: { state, given in
      let pane = given.choice.flatMap(PaneName.named) ?? state.paneInFront
      let text = state.paneText(pane)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      return [.copy(ClipboardCopy(text: text, words: "\(pane) as text, \(lines) lines"))]
    }),
  Command(
    name: "copy-command", title: "copy command",
    doc:
      "Say and copy the command line that leads to what is looked at.",
    keys: [.character("Y")], group: .program, isLogged: false, reason: Command.needsRun,
    perform: { state, _ in
      let line = Reproduction.line(of: state)
      state.advise(line)
      return [.copy(ClipboardCopy(text: line, words: "the command line", isInStrip: true))]
    }),
]

private let exportParameter = Parameter.line(
  "what", "a format, a file, and for pictures a pane: `svg shot.svg heat`", isRequired: true,
  check: { text, state in
    do throws(ArgumentProblem) {
      _ = try ExportRequest(text, state)
      return nil
    } catch {
      return error
    }
  },
  complete: { text, _ in ExportRequest.completion(of: text) })

private func export(
  _ given: Arguments, replaces: Bool, _ state: inout ExplorerState
) -> [Effect] {
  do throws(ArgumentProblem) {
    let request = try ExportRequest(given.argument ?? "", state)
    return request.run(replaces: replaces, &state)
  } catch {
    state.complain(error.sentence("export"))
    return []
  }
}
