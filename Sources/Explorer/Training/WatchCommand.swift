/// One thing that can be done while training is watched. Keys, help and footer come from the table.
struct WatchCommand: Sendable {
  /// A word or two for the footer.
  let title: String
  /// One sentence for the help.
  let doc: String
  let keys: [Key]
  /// In the footer, at the right.
  var isFixed = false
  let perform: @Sendable (inout WatchState) -> [WatchEffect]

  /// The table.
  static let all: [WatchCommand] = [
    WatchCommand(
      title: "pause", doc: "Training stands still after the step at hand, or goes on.",
      keys: [.character(" ")], perform: togglePause),
    WatchCommand(
      title: "refit", doc: "Fit the plane of the latent path to the ways at hand.",
      keys: [.character("P")], perform: fit),
    WatchCommand(
      title: "scale", doc: "Loss in decades or on a linear scale.", keys: [.character("X")],
      perform: { state in
        state.lossScale = state.shownLossScale == .log ? .linear : .log
        return []
      }),
    WatchCommand(
      title: "glyphs", doc: "What plots are drawn with: braille, blocks, ASCII.",
      keys: [.character("g")],
      perform: { state in
        guard state.capabilities.isUnicode else {
          state.message = "this terminal shows ASCII only"
          return []
        }
        state.capabilities.glyphs = state.capabilities.glyphs.next
        return []
      }),
    WatchCommand(
      title: "theme", doc: "Colours for a dark or a light background, of high contrast, or none.",
      keys: [.character("D")],
      perform: { state in
        state.theme = state.theme.next
        return []
      }),
    WatchCommand(
      title: "paint", doc: "Paint everything anew.", keys: [.control("l")],
      perform: { _ in [.redraw] }),
    WatchCommand(
      title: "suspend", doc: "To the shell; training stands still until fg.",
      keys: [.control("z")], perform: { _ in [.suspend] }),
    WatchCommand(
      title: "help", doc: "These keys.", keys: [.character("?"), .function(1)], isFixed: true,
      perform: { state in
        state.isHelpShown = true
        return []
      }),
    WatchCommand(
      title: "stop", doc: "End training after the step at hand, save, and leave.",
      keys: [.character("q")], isFixed: true, perform: stop),
    WatchCommand(
      title: "interrupt", doc: "The same; a second time it leaves at once, unsaved steps lost.",
      keys: [.control("c")], perform: { update(&$0, .signal(2)) }),
  ]

  private static let togglePause: @Sendable (inout WatchState) -> [WatchEffect] = { state in
    switch state.phase {
    case .running:
      state.phase = .paused(isStill: false)
      return [.pause(true)]
    case .paused:
      state.phase = .running
      return [.pause(false)]
    case .stopping: state.message = "training is ending"
    case .ended: state.message = "training has ended; q leaves"
    }
    return []
  }

  private static let fit: @Sendable (inout WatchState) -> [WatchEffect] = { state in
    if case .ended = state.phase {
      state.message = "training has ended; the plane stays"
      return []
    }
    state.message = "the plane is fitted anew after the step at hand"
    return [.fit]
  }

  static let stop: @Sendable (inout WatchState) -> [WatchEffect] = { state in
    if case .ended = state.phase { return [.leave] }
    state.phase = .stopping
    return [.stop]
  }
}
