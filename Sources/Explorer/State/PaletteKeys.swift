/// What a key means while a command is typed.
func pressCommand(
  _ key: Key, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  let rows = Palette(editor.text, state).rows
  let selected = state.paletteRow.flatMap { rows.indices.contains($0) ? $0 : nil }
  state.paletteRow = nil
  if key == .backspace, editor.text.isEmpty, editor.search == nil {
    state.mode = .normal
    return []
  }
  let act = editor.search == nil ? ModeKey.command.act(key) : nil
  switch act {
  case .leave:
    state.mode = .normal
    guard !editor.text.isEmpty else { return [] }
    state.commandDraft = editor.text
    state.say(": and then \(Key.up.label(ascii: state.glyphs.isASCII)) bring back what is typed")
    return []
  case .drop:
    state.mode = .normal
    return []
  case .complete:
    let completion =
      selected.map { rows[$0].text } ?? CommandLine.completion(of: editor.text, state)
    if let completion { editor.set(completion) }
  case .take:
    if let selected {
      editor.set(rows[selected].text)
      if needsMore(editor.text) {
        editor.insert(" ")
        state.mode = .command(editor)
        return []
      }
    }
    state.mode = .normal
    state.commandDraft = nil
    return state.remember(editor.text, as: .commands) + CommandLine.run(editor.text, &state)
  case .down where !editor.isRecalling && !rows.isEmpty,
    .pageDown where !editor.isRecalling && !rows.isEmpty:
    let step = act == .pageDown ? PaletteList.most(state) : 1
    state.paletteRow = min(rows.count - 1, selected.map { $0 + step } ?? 0)
  case .up where selected != nil, .pageUp where selected != nil:
    let step = act == .pageUp ? PaletteList.most(state) : 1
    state.paletteRow = selected.flatMap { $0 == 0 ? nil : max(0, $0 - step) }
  default: _ = editor.press(key)
  }
  state.mode = .command(editor)
  return []
}

/// What the mouse does meanwhile: a click chooses a row, another on the same takes it; the wheel moves.
func pointPalette(
  _ mouse: MouseEvent, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  let count = Palette(editor.text, state).rows.count
  switch mouse.action {
  case .drag: return []
  case .wheelUp:
    state.paletteRow = state.paletteRow.flatMap { $0 == 0 ? nil : max(0, $0 - 3) }
  case .wheelDown where count > 0:
    state.paletteRow = min(count - 1, state.paletteRow.map { $0 + 3 } ?? 0)
  case .wheelDown: return []
  case .press:
    guard let row = PaletteList.row(at: mouse.at, of: count, state) else { return [] }
    editor.acceptSearch()
    if row == state.paletteRow { return pressCommand(.enter, editor, &state) }
    state.paletteRow = row
  }
  state.message = nil
  state.mode = .command(editor)
  return []
}

/// Whether a command is named that something must follow.
private func needsMore(_ text: String) -> Bool {
  !text.contains(" ") && Command.named(text)?.parameters.contains(where: \.isRequired) == true
}
