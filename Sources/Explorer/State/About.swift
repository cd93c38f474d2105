/// The page about a pane while it is open.
struct AboutState: Sendable, Hashable {
  let pane: PaneName
  var scroll = 0
}

/// What a key means while it is open.
func pressAbout(_ key: Key, _ about: AboutState, _ state: inout ExplorerState) -> [Effect] {
  let page = max(1, AboutPage.room(state) - 1)
  let bottom = AboutPage.bottom(about.pane, state)
  var scroll = min(about.scroll, bottom)
  switch ModeKey.about.act(key) {
  case .down: scroll += 1
  case .up: scroll -= 1
  case .pageDown: scroll += page
  case .pageUp: scroll -= page
  case .first: scroll = 0
  case .last: scroll = bottom
  case .leave:
    state.mode = .normal
    return []
  case .filter: return invoke(Invocation("help"), &state)
  default: state.say(ModeKey.about.words(state.glyphs))
  }
  state.mode = .about(AboutState(pane: about.pane, scroll: min(max(0, scroll), bottom)))
  return []
}
