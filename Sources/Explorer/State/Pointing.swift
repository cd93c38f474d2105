/// What the mouse does: a click focuses a pane and picks what lies there; the wheel steps.
func point(_ mouse: MouseEvent, _ state: inout ExplorerState) -> [Effect] {
  if case .help(var help) = state.mode {
    guard mouse.action == .wheelUp || mouse.action == .wheelDown else { return [] }
    let bottom = max(0, HelpText.lines(help.filter.text, state).count - (state.size.height - 4))
    help.scroll = min(max(0, help.scroll + (mouse.action == .wheelUp ? -3 : 3)), bottom)
    state.mode = .help(help)
    return []
  }
  if case .choosing(let chooser) = state.mode { return pointChooser(mouse, chooser, &state) }
  guard case .normal = state.mode else { return [] }
  let layout = Layout(state)
  let under = layout.places.first { $0.rect.contains(mouse.at) }
  let held = mouse.action == .drag ? state.grabbed.flatMap(layout.place) : nil
  guard let place = held ?? under else { return [] }
  if place.name == .runs || place.name == .variants, state.trajectory != nil {
    return pointList(mouse, place, &state)
  }
  if place.name == .fan, state.fanQuestion != nil { return pointFan(mouse, place, &state) }
  let pane = Pane.of(place.name)
  switch mouse.action {
  case .wheelUp, .wheelDown:
    guard state.trajectory != nil else { return [] }
    let step = mouse.action == .wheelUp ? -1 : 1
    if [.heat, .differences, .causes].contains(place.name) {
      if place.name == .heat {
        _ = state.moveRow(by: step)
      } else {
        state.select(token: state.cursor.token + step)
      }
      return []
    }
    return goTo(state.cursor.iteration + step, &state)
  case .press, .drag:
    if mouse.action == .press {
      state.message = nil
      state.failure = state.model == nil ? state.failure : nil
      state.grabbed = place.name
    }
    state.focus = place.name
    guard state.trajectory != nil,
      let address = pane.pick(state, place.inner(state), mouse.at)
    else { return [] }
    if let block = address.block { state.inside.block = block }
    if let rule = address.rule { state.bench.selected = rule }
    if let token = address.token, token < state.tokenCount { state.select(token: token) }
    guard let iteration = address.iteration else { return [] }
    return goTo(iteration, &state)
  }
}
