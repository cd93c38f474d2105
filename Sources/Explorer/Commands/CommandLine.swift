import Trajectories

/// The command line opened with a colon.
enum CommandLine {
  /// Opens the line with something typed already. What was begun and left is the newest that was typed.
  static func open(_ text: String, _ state: inout ExplorerState) {
    let history = LineEditor.history(state.commandHistory, with: state.commandDraft ?? "")
    state.mode = .command(LineEditor(text, history: history))
    state.paletteRow = nil
  }

  /// Opens the line again where what was typed after a command's name goes wrong.
  /// - Parameter column: in characters of what was typed after the name, from 1.
  static func reopen(
    _ name: String, _ rest: String, at column: Int, _ state: inout ExplorerState
  ) {
    open("\(name) \(rest)", &state)
    guard case .command(var editor) = state.mode else { return }
    editor.place(caret: name.count + column)
    state.mode = .command(editor)
  }

  /// What to say of a name that no command has.
  static func unknown(_ name: String) -> String {
    let begun = Command.all.map(\.name).filter { $0.hasPrefix(name) }
    if begun.count > 1 {
      return "\(name) may be \(begun.prefix(6).joined(separator: ", ")): say which"
    }
    let meant = Spelling.nearest(to: name, among: Command.all.map(\.name))
    return "no command \(Printable.clip(name, 24)); "
      + (meant.map { "did you mean \($0)? " } ?? "") + "tab completes, ? lists them"
  }

  /// What is typed, completed as far as the matches agree.
  static func completion(of text: String, _ state: ExplorerState) -> String? {
    if let (command, rest) = commandAndRest(text) {
      return completion(of: rest, command, state).map { "\(command.name) \($0)" }
    }
    let names = Command.all.map(\.name).filter { $0.hasPrefix(text) }
    guard let common = Spelling.beginning(of: names) else {
      return Palette(text, state).rows.first?.text
    }
    return names.count == 1 ? common + " " : common
  }

  /// The command whose name stands first, and what follows it after a blank; nil where there is none.
  static func commandAndRest(_ text: String) -> (Command, String)? {
    guard let space = text.firstIndex(of: " "), let command = Command.named(String(text[..<space]))
    else { return nil }
    return (command, String(text[text.index(after: space)...]))
  }

  private static func completion(
    of rest: String, _ command: Command, _ state: ExplorerState
  ) -> String? {
    guard let (parameter, before, word) = Palette.parameter(of: command, at: rest) else {
      return nil
    }
    if case .line(_, let complete) = parameter.kind { return complete(word, state) }
    let names = parameter.choices(state).map(\.name)
    return Parameter.completion(of: word, among: names).map { before + $0 }
  }

  static func run(_ text: String, _ state: inout ExplorerState) -> [Effect] {
    // `:24`, `:12:8`, `:50%`.
    let line = text.first { $0 != " " }?.isNumber == true ? "goto \(text)" : text
    guard let invocation = Invocation(parsing: line) else { return [] }
    return invoke(invocation, &state, isTyped: true)
  }
}
