/// What a key means in the mode we are in.
func press(_ key: Key, _ state: inout ExplorerState) -> [Effect] {
  state.message = nil
  if key != .control("c") { state.isQuitArmed = false }
  if state.failure != nil, state.model != nil {
    // A run that failed is read and done with; keys that mean something more still do it.
    state.failure = nil
    if key == .escape || key == .enter { return [] }
  }
  switch state.mode {
  case .normal: return pressNormal(key, &state)
  case .prompt(let editor): return pressPrompt(key, editor, &state)
  case .command(let editor): return pressCommand(key, editor, &state)
  case .help(let help): return pressHelp(key, help, &state)
  case .gallery(let gallery): return pressGallery(key, gallery, &state)
  case .choosing(let chooser): return pressChooser(key, chooser, &state)
  }
}

private func pressNormal(_ key: Key, _ state: inout ExplorerState) -> [Effect] {
  if case .character(let character) = key, let digit = character.wholeNumberValue,
    character.isASCII, digit > 0 || state.pendingCount != nil
  {
    state.pendingCount = min(9_999_999, (state.pendingCount ?? 0) * 10 + digit)
    return []
  }
  let count = state.pendingCount
  defer { state.pendingCount = nil }
  if key == .escape, count != nil { return [] }
  guard
    let command = Command.bound(
      to: key, in: state.zoom ?? state.focus, isZoomed: state.zoom != nil)
  else {
    let name = key.label(ascii: state.glyphs.isASCII)
    state.complain(
      "\(Printable.clip(name, 20)) does nothing here; ? lists the keys")
    return []
  }
  return command.run(&state, Invocation(count: count))
}

private func pressPrompt(
  _ key: Key, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  switch key {
  case .escape, .control("c"):
    state.mode = .normal
    state.say("the prompt stays as it was")
    return []
  case .enter:
    state.mode = .normal
    editor.remember()
    state.promptHistory = editor.history
    return ask(editor.text, &state)
  default:
    if !editor.press(key) { state.say("enter asks, esc leaves the prompt as it was") }
    state.mode = .prompt(editor)
    return []
  }
}

private func pressCommand(
  _ key: Key, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  switch key {
  case .escape, .control("c"):
    state.mode = .normal
    return []
  case .backspace where editor.text.isEmpty:
    state.mode = .normal
    return []
  case .tab:
    if let completion = CommandLine.completion(of: editor.text, state) { editor.set(completion) }
    state.mode = .command(editor)
    return []
  case .enter:
    state.mode = .normal
    editor.remember()
    state.commandHistory = editor.history
    return CommandLine.run(editor.text, &state)
  default:
    _ = editor.press(key)
    state.mode = .command(editor)
    return []
  }
}

/// The command line opened with a colon.
enum CommandLine {
  /// Commands whose name begins with what is typed.
  static func matches(_ text: String) -> [Command] {
    let name = text.split(separator: " ", maxSplits: 1).first.map(String.init) ?? ""
    if text.contains(" ") { return Command.named(name).map { [$0] } ?? [] }
    return Command.all.filter { $0.name.hasPrefix(name) }
  }

  /// Opens the line with something typed already.
  static func open(_ text: String, _ state: inout ExplorerState) {
    state.mode = .command(LineEditor(text, history: state.commandHistory))
  }

  /// Opens the line again where what was typed after a command's name goes wrong.
  /// - Parameter column: in characters of what was typed after the name, from 1.
  static func reopen(
    _ name: String, _ rest: String, at column: Int, saying problem: String,
    _ state: inout ExplorerState
  ) {
    var editor = LineEditor("\(name) \(rest)", history: state.commandHistory)
    editor.place(caret: name.count + column)
    state.mode = .command(editor)
    state.complain("\(name), column \(column): \(problem)")
  }

  /// What is typed, completed as far as the matches agree.
  static func completion(of text: String, _ state: ExplorerState) -> String? {
    if let space = text.firstIndex(of: " ") {
      let rest = String(text[text.index(after: space)...])
      return Command.named(String(text[..<space]))?.complete(rest, state)
        .map { text[...space] + $0 }
    }
    let names = matches(text).map(\.name)
    guard var common = names.first else { return nil }
    for name in names.dropFirst() {
      while !name.hasPrefix(common) { common.removeLast() }
    }
    return names.count == 1 ? common + " " : common
  }

  static func run(_ text: String, _ state: inout ExplorerState) -> [Effect] {
    let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let name = words.first else { return [] }
    guard let command = Command.named(String(name)) else {
      state.complain("no command \(name); tab completes, ? lists them")
      return []
    }
    let rest = words.count > 1 ? String(words[1].drop { $0 == " " }) : ""
    return command.run(&state, Invocation(argument: rest.isEmpty ? nil : rest))
  }
}

private func pressHelp(_ key: Key, _ help: HelpState, _ state: inout ExplorerState) -> [Effect] {
  var help = help
  if help.isFiltering {
    switch key {
    case .enter: help.isFiltering = false
    case .escape, .control("c"):
      help.isFiltering = false
      help.filter = LineEditor()
    default:
      _ = help.filter.press(key)
      help.scroll = 0
    }
    state.mode = .help(help)
    return []
  }
  let page = max(1, state.size.height - 5)
  let bottom = max(0, HelpText.lines(help.filter.text, state).count - (state.size.height - 4))
  switch key {
  case .down, .character("j"): help.scroll += 1
  case .up, .character("k"): help.scroll -= 1
  case .pageDown, .character(" "): help.scroll += page
  case .pageUp: help.scroll -= page
  case .home, .character("0"): help.scroll = 0
  case .end, .character("$"): help.scroll = bottom
  case .character("/"): help.isFiltering = true
  case .escape, .character("q"), .character("?"), .function(1), .enter, .control("c"):
    state.mode = .normal
    return []
  default: state.say("j k scroll, / filters, q closes the help")
  }
  help.scroll = min(max(0, help.scroll), bottom)
  state.mode = .help(help)
  return []
}
