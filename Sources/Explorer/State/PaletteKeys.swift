/// What a key means while a command is typed.
func pressCommand(
  _ key: Key, _ editor: LineEditor, _ state: inout ExplorerState
) -> [Effect] {
  var editor = editor
  let rows = Palette(editor.text, state).rows
  let selected = state.paletteRow.flatMap { rows.indices.contains($0) ? $0 : nil }
  state.paletteRow = nil
  switch key {
  case _ where editor.search != nil: _ = editor.press(key)
  case .escape, .control("c"):
    state.mode = .normal
    return []
  case .backspace where editor.text.isEmpty:
    state.mode = .normal
    return []
  case .tab:
    let completion =
      selected.map { rows[$0].text } ?? CommandLine.completion(of: editor.text, state)
    if let completion { editor.set(completion) }
  case .enter:
    if let selected {
      editor.set(rows[selected].text)
      if needsMore(editor.text) {
        editor.insert(" ")
        state.mode = .command(editor)
        return []
      }
    }
    state.mode = .normal
    return state.remember(editor.text, as: .commands) + CommandLine.run(editor.text, &state)
  case .down, .control("n"), .pageDown:
    guard !editor.isRecalling, !rows.isEmpty else { fallthrough }
    let step = key == .pageDown ? PaletteList.most(state) : 1
    state.paletteRow = min(rows.count - 1, selected.map { $0 + step } ?? 0)
  case .up, .control("p"), .pageUp:
    guard let selected else { fallthrough }
    let step = key == .pageUp ? PaletteList.most(state) : 1
    state.paletteRow = selected == 0 ? nil : max(0, selected - step)
  default: _ = editor.press(key)
  }
  state.mode = .command(editor)
  return []
}

/// Whether a command is named that something must follow.
private func needsMore(_ text: String) -> Bool {
  !text.contains(" ") && Command.named(text)?.parameters.contains(where: \.isRequired) == true
}
