/// The page about a pane while it is open.
struct AboutState: Sendable, Hashable {
  let pane: PaneName
  var scroll = 0
}

/// What a key means while it is open.
func pressAbout(_ key: Key, _ about: AboutState, _ state: inout ExplorerState) -> [Effect] {
  let act = ModeKey.about.act(key)
  switch act {
  case .leave:
    state.mode = .normal
    return []
  case .filter: return invoke(Invocation("help"), &state)
  default: break
  }
  let scroll = act?.moved(
    from: about.scroll, page: max(1, AboutPage.room(state) - 1),
    bottom: AboutPage.bottom(about.pane, state))
  if scroll == nil { state.say(ModeKey.about.words(state.glyphs)) }
  state.mode = .about(AboutState(pane: about.pane, scroll: scroll ?? about.scroll))
  return []
}
