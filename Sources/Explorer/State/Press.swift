/// What a key means in the mode we are in.
func press(_ key: Key, _ state: inout ExplorerState) -> [Effect] {
  switch (key, state.mode) {
  case (.control("j"), .prompt): break
  // The same byte that Enter is where terminals have no other.
  case (.control("j"), _): return press(.enter, &state)
  // A screen that was spoilt is painted anew, whatever is open.
  case (.control("l"), _): return [.redraw]
  case (.alt(.escape), _): return press(.escape, &state)
  case (.alt(.left), _), (.alt(.right), _): break
  case (.alt(let other), _) where !state.isTyping:
    // Escape and another key, typed faster than the two can be told apart.
    return press(.escape, &state) + press(other, &state)
  default: break
  }
  state.message = nil
  if key != .control("c") { state.isQuitArmed = false }
  // The list of keys is there for one key.
  let wasListed = state.whichKey.isOpen
  state.whichKey = WhichKey()
  if wasListed, key == .escape, state.pendingCount == nil { return [] }
  switch state.mode {
  case .normal: return pressNormal(key, &state)
  case .prompt(let editor): return pressPrompt(key, editor, &state)
  case .command(let editor): return pressCommand(key, editor, &state)
  case .help(let help): return pressHelp(key, help, &state)
  case .gallery(let gallery): return pressGallery(key, gallery, &state)
  case .choosing(let chooser): return pressChooser(key, chooser, &state)
  case .messages(let scroll): return pressMessages(key, scroll, &state)
  case .about(let about): return pressAbout(key, about, &state)
  }
}

private func pressNormal(_ key: Key, _ state: inout ExplorerState) -> [Effect] {
  if case .character(let character) = key, let digit = character.wholeNumberValue,
    character.isASCII, digit > 0 || state.pendingCount != nil
  {
    state.pendingCount = min(9_999_999, (state.pendingCount ?? 0) * 10 + digit)
    return state.whichKey.wait(from: state.now)
  }
  let count = state.pendingCount
  defer { state.pendingCount = nil }
  if key == .escape, count != nil { return [] }
  if count == nil, let own = OccasionKey.invocation(key, state) { return invoke(own, &state) }
  // The strip goes before anything else does.
  if key == .escape, state.strip != nil { return invoke(Invocation("dismiss"), &state) }
  if let own = state.ownKeys[key] {
    guard let count else { return invoke(own, &state) }
    guard own.argument == nil else {
      state.complain("this key does \(own), and takes no count")
      return []
    }
    return invoke(Invocation(own.command, "\(count)"), &state)
  }
  guard
    let command = Command.bound(
      to: key, in: state.zoom ?? state.focus, isZoomed: state.zoom != nil)
  else {
    let name = key.label(ascii: state.glyphs.isASCII)
    state.complain(
      "\(Printable.clip(name, 20)) does nothing here; ? lists the keys")
    return []
  }
  do throws(ArgumentProblem) {
    return invoke(try command.invocation(count: count), &state)
  } catch {
    state.complain(error.words)
    return []
  }
}

private func pressPrompt(
  _ key: Key, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  let act = editor.search == nil ? ModeKey.prompt.act(key) : nil
  switch act {
  case .leave:
    state.mode = .normal
    state.promptDraft = editor
    state.say("the run stays as it is; / goes on with what is typed, ^C there drops it")
    return []
  case .drop:
    state.mode = .normal
    state.promptDraft = nil
    state.say("the prompt stays as it was")
    return []
  case .take:
    state.mode = .normal
    state.promptDraft = nil
    return state.remember(editor.text, as: .prompts)
      + invoke(Invocation("ask", editor.text), &state)
  case .newLine: editor.insert("\n")
  default:
    if !editor.press(key) {
      let name = key.label(ascii: state.glyphs.isASCII)
      state.say("\(Printable.clip(name, 20)) does nothing in a prompt; enter asks, esc leaves it")
    }
  }
  state.mode = .prompt(editor)
  return []
}

private func pressHelp(_ key: Key, _ help: HelpState, _ state: inout ExplorerState) -> [Effect] {
  var help = help
  if help.isFiltering {
    switch ModeKey.filter.act(key) {
    case .take: help.isFiltering = false
    case .leave:
      help.isFiltering = false
      help.filter = LineEditor()
    default:
      _ = help.filter.press(key)
      help.scroll = 0
    }
    state.mode = .help(help)
    return []
  }
  let act = ModeKey.help.act(key)
  switch act {
  case .filter: help.isFiltering = true
  case .leave:
    state.mode = .normal
    return []
  default:
    let moved = act?.moved(
      from: help.scroll, page: max(1, state.size.height - 5), bottom: help.bottom(state))
    if moved == nil { state.say(ModeKey.help.words(state.glyphs)) }
    help.scroll = moved ?? help.scroll
  }
  state.mode = .help(help)
  return []
}

extension HelpState {
  /// How far it can be scrolled.
  func bottom(_ state: ExplorerState) -> Int {
    max(0, HelpText.lines(filter.text, state).count - (state.size.height - 4))
  }
}

extension ExplorerState {
  /// Whether keys are letters of a line.
  var isTyping: Bool {
    switch mode {
    case .prompt, .command, .choosing: true
    case .help(let help): help.isFiltering
    case .normal, .gallery, .messages, .about: false
    }
  }
}
