/// The whole picture of a state, `state.size` large. Pure: nothing is computed here but places.
func render(_ state: ExplorerState) -> Screen {
  let state = state.drawn
  var screen = Screen(state.size, isUnicode: state.capabilities.isUnicode)
  guard screen.size.width > 0, screen.size.height > 0 else { return screen }
  let layout = Layout(state)
  guard !layout.isOneLine else {
    drawOneLine(state, on: &screen)
    return screen
  }
  let body = screen.bounds.inset(top: 1, bottom: 2)
  let isShown = state.trajectory != nil && state.touring?.hidesPanes(state) != true
  for place in layout.places where isShown {
    let pane = Pane.of(place.name)
    let isFocused = place.name == state.focus
    let inner =
      place.frame?.draw(
        on: &screen, place.rect, title: pane.title(state, place.rect.width),
        legend: pane.legend(state, place.rect.width),
        isFocused: isFocused, glyphs: state.glyphs) ?? place.rect
    pane.render(state, &screen, inner)
  }
  if let strip = layout.strip { StripView.draw(state, on: &screen, strip) }
  Notice.draw(state, on: &screen, body)
  StatusLine.draw(state, on: &screen)
  if case .help(let help) = state.mode { HelpText.draw(help, state, on: &screen) }
  if case .gallery(let gallery) = state.mode { GalleryList.draw(gallery, state, on: &screen) }
  if case .messages(let scroll) = state.mode { MessagesList.draw(scroll, state, on: &screen) }
  if case .about(let about) = state.mode { AboutPage.draw(about, state, on: &screen) }
  Footer.draw(state, on: &screen)
  WhichKeyList(state)?.draw(on: &screen)
  return screen
}

/// Where there is no room for panes: the answer, where, and what is being typed.
private func drawOneLine(_ state: ExplorerState, on screen: inout Screen) {
  switch state.mode {
  case .prompt, .command, .choosing:
    Footer.draw(state, on: &screen)
    return
  case .normal, .help, .gallery, .messages, .about: break
  }
  var line = "r\(state.cursor.iteration)/\(state.target)"
  if state.reading?.isDiverged ?? false { line += " diverged" }
  if let best = state.reading?.best {
    line += " \(state.visible(best.text)) \(Numbers.probability(best.probability))"
  }
  line += " \(StatusLine.playText(state))"
  if state.trajectory == nil { line = state.loading?.message ?? "no run" }
  if let words = state.message?.text ?? state.failure {
    line = state.glyphs.plain(words.replacing("\n", with: " "))
  }
  screen.put(
    Printable.clip(line, screen.size.width, ellipsis: state.glyphs.ellipsis), x: 0, y: 0)
}
