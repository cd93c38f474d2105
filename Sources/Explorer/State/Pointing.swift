import Trajectories

/// What the mouse does: a click focuses a pane and picks what lies there; the wheel steps.
func point(_ mouse: MouseEvent, _ state: inout ExplorerState) -> [Effect] {
  // What the footer lists can be clicked, whatever is open.
  if mouse.action == .press, let key = Footer.key(at: mouse.at, state) { return press(key, &state) }
  if let list = WhichKeyList(state) {
    guard mouse.action == .press else { return [] }
    if let key = list.key(at: mouse.at) { return press(key, &state) }
    state.whichKey = WhichKey()
    state.pendingCount = nil
    return []
  }
  if case .help(var help) = state.mode {
    help.scroll = mouse.scrolled(from: help.scroll, bottom: help.bottom(state)) ?? help.scroll
    state.mode = .help(help)
    return []
  }
  if case .gallery(let gallery) = state.mode { return pointGallery(mouse, gallery, &state) }
  if case .messages(let scroll) = state.mode {
    let moved = mouse.scrolled(from: scroll, bottom: MessagesList.bottom(state))
    state.mode = .messages(scroll: moved ?? scroll)
    return []
  }
  if case .about(let about) = state.mode {
    let moved = mouse.scrolled(
      from: about.scroll, bottom: AboutPage.bottom(about.pane, state))
    state.mode = .about(AboutState(pane: about.pane, scroll: moved ?? about.scroll))
    return []
  }
  if case .choosing(let chooser) = state.mode { return pointChooser(mouse, chooser, &state) }
  if case .command(let editor) = state.mode { return pointPalette(mouse, editor, &state) }
  guard case .normal = state.mode else { return [] }
  let layout = Layout(state)
  if mouse.action == .press, let strip = layout.strip, strip.contains(mouse.at) {
    guard StripView.close(strip).contains(mouse.at) else {
      return state.strip?.kind == .tour ? invoke(Invocation("tour-next"), &state) : []
    }
    return invoke(Invocation("dismiss"), &state)
  }
  let under = layout.places.first { $0.rect.contains(mouse.at) }
  let held = mouse.action == .drag ? state.grabbed.flatMap(layout.place) : nil
  guard let place = held ?? under else { return [] }
  if mouse.action == .press, place.isTitle(mouse.at), state.trajectory != nil {
    return pointTitle(place.name, &state)
  }
  if place.name == .runs || place.name == .variants, state.trajectory != nil {
    return pointList(mouse, place, &state)
  }
  if place.name == .fan, state.fanQuestion != nil { return pointFan(mouse, place, &state) }
  let pane = Pane.of(place.name)
  switch mouse.action {
  case .wheelUp, .wheelDown:
    guard state.trajectory != nil else { return [] }
    let step = mouse.action == .wheelUp ? -1 : 1
    if place.name == .heat {
      return invoke(Invocation(step < 0 ? "token-up" : "token-down"), &state)
    }
    if [.differences, .causes].contains(place.name) {
      let token = min(max(0, state.cursor.token + step), max(0, state.tokenCount - 1))
      return invoke(Invocation("select", "\(token)"), &state)
    }
    let iteration = min(max(0, state.cursor.iteration + step), state.edge)
    return invoke(Invocation("goto", "\(iteration)"), &state)
  case .press, .drag:
    if mouse.action == .press {
      state.message = nil
      state.grabbed = place.name
    }
    var effects: [Effect] = []
    if state.focus != place.name {
      effects = invoke(Invocation("focus", "\(place.name)"), &state)
    }
    guard state.trajectory != nil,
      let picked = pane.pick(state, place.inner(state), mouse.at)
    else { return effects }
    return effects + invoke(picked.invocations(state), &state)
  }
}

extension Pick {
  /// What pointing at it comes to.
  fileprivate func invocations(_ state: ExplorerState) -> [Invocation] {
    var invocations: [Invocation] = []
    if let rule { invocations.append(Invocation("choose", "\(rule + 1)")) }
    // In another passage time is its own, and ends elsewhere.
    var there = state
    if let token, token < state.tokenCount { there.select(token: token) }
    let wanted = min(max(0, iteration ?? there.cursor.iteration), there.edge)
    let place = Address(token: there.cursor.token, iteration: wanted)
    if iteration != nil {
      invocations.append(Invocation("select", "\(place)"))
    } else if token != nil, block == nil {
      invocations.append(Invocation("select", "\(place.token)"))
    }
    if let block {
      let inside = Address(token: place.token, iteration: wanted, block: block)
      invocations.append(Invocation("select", "\(inside)"))
    }
    return invocations
  }
}

/// A click on a title looks at that pane; another gives it all the room, or takes it back.
private func pointTitle(_ name: PaneName, _ state: inout ExplorerState) -> [Effect] {
  state.message = nil
  let isZoomed = state.zoom == name
  if !isZoomed, state.focus != name { return invoke(Invocation("focus", "\(name)"), &state) }
  let command =
    isZoomed ? Command.bound(to: .escape, in: name, isZoomed: true) : Command.named("zoom")
  return command.map { invoke(Invocation($0.name), &state) } ?? []
}
