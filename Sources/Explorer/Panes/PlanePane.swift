import Trajectories

/// The path of the states through a plane of two principal components; zoomed, also three planes of
/// orbits, and all components against the iteration.
let planePane = Pane(
  title: { state, width in
    if let words = familyTitle(state, width) { return words }
    if state.presenting != nil { return "the path of the thought" }
    return PlaneTitle(state).words(width)
  },
  legend: { state, _ in
    if familyTitle(state, 80) != nil {
      return [("\(state.glyphs.dot) \(state.hasColour ? "colour" : "letter") = answer", .dim)]
    }
    guard state.projection != nil, state.presenting == nil else { return [] }
    if let measure = state.measure, measure.isDiverged {
      return [("\(state.glyphs.diverged) r \(state.cursor.iteration) diverged, not drawn", .error)]
    }
    let token = "token \(state.cursor.token)"
    let motion = state.motionWords.map { "\(token): \($0)" }
    var words = state.planeShowsAll ? "shows all tokens" : motion ?? "shows \(token)"
    if PlaneKind(state) == .waterfalls { words = "\(token) among all" }
    return [("\(state.glyphs.dot) \(words)", .dim)]
  },
  render: { state, screen, rect in
    if let family = family(state, rect) {
      family.draw(on: &screen)
      return
    }
    guard let projection = state.projection else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.isFitting
          ? "fitting \(state.glyphs.ellipsis)"
          : state.divergence == nil
            ? state.presenting == nil
              ? "the plane comes after 3 iterations" : "comes after iteration 3"
            : "no plane of states that diverged")
      return
    }
    switch PlaneKind(state, rect) {
    case .plane: PlaneView(state, projection, state.plane.pair, rect)?.draw(on: &screen)
    case .orbits: OrbitsView(state, projection, rect).draw(on: &screen)
    case .waterfalls: WaterfallsView(state, projection, rect).draw(on: &screen)
    }
  },
  pick: { state, rect, point in
    if let family = family(state, rect) {
      return family.iteration(near: point).map { Pick(iteration: $0) }
    }
    guard let projection = state.projection else { return nil }
    let iteration =
      switch PlaneKind(state, rect) {
      case .plane: PlaneView(state, projection, state.plane.pair, rect)?.iteration(near: point)
      case .orbits: OrbitsView(state, projection, rect).iteration(near: point)
      case .waterfalls: WaterfallsView(state, projection, rect).iteration(at: point)
      }
    return iteration.map { Pick(iteration: $0) }
  },
  about: PaneAbout(
    title: "the state path",
    drawn:
      "The latent state of the selected token, iteration by iteration, in a plane of two "
      + "principal components; the title says how much of this path the plane shows and what it "
      + "was fitted on. Both axes have one scale. ◉ is the cursor, ○ the initial state; A, p, "
      + "P, o, a and W change basis, pair, fit, centre, tokens and kind of picture.",
    formula:
      "PCA of ln_f(sᵢ), the state after the last norm: its mean taken away, times two of the "
      + "components.",
    unit: "of the normed state",
    source: "State trajectories of the Huginn paper (arXiv 2502.05171, §7)."),
  table: TextTable.path)

/// What the pane draws.
enum PlaneKind {
  case plane
  /// Three planes side by side.
  case orbits
  case waterfalls

  /// - Parameter rect: where it is drawn; nil where there is room for all of it.
  init(_ state: ExplorerState, _ rect: Rect? = nil) {
    let isZoomed = state.zoom == .plane && (state.projection?.components ?? 0) >= 6
    if isZoomed, state.plane.showsWaterfalls {
      self = .waterfalls
    } else if isZoomed, state.plane.isCentred, rect.map({ $0.width >= 72 }) ?? true {
      self = .orbits
    } else {
      self = .plane
    }
  }
}

/// What is drawn, how much of the path that is, and what the basis was fitted on.
private struct PlaneTitle {
  let state: ExplorerState

  init(_ state: ExplorerState) { self.state = state }

  func words(_ width: Int) -> String {
    let glyphs = state.glyphs
    let kind = PlaneKind(state)
    let pair = state.plane.pair.words(glyphs)
    let isCentred = state.plane.isCentred && kind != .waterfalls
    guard let projection = state.projection else { return pair }
    // Of the states drawn, not of those the components were fitted on.
    let token = state.planeShowsAll && kind != .waterfalls ? nil : state.cursor.token
    let components = kind == .plane ? state.plane.pair.components : Array(0..<projection.components)
    var share = ""
    if let part = projection.share(ofComponents: components, token: token, isCentred: isCentred) {
      let noun = isCentred ? "orbit" : "path"
      share = " \(Int((part * 100).rounded()))% of \(token == nil ? "all \(noun)s" : noun)"
    }
    let (long, short) =
      switch kind {
      case .plane:
        (isCentred ? "orbit \(glyphs.dot) \(pair)" : "state path \(glyphs.dot) \(pair)", pair)
      case .orbits: ("orbits \(glyphs.dot) PC1-6", "PC1-6")
      case .waterfalls: ("components by iteration \(glyphs.dot) PC1-6", "PC1-6")
      }
    let fit = fit(projection.fit)
    let iterations =
      " r \(projection.fit.iterations.lowerBound)-\(projection.fit.iterations.upperBound)"
    // What is said first is wanted most.
    let wishes = [
      long + share + fit + iterations, short + share + fit + iterations, short + share + fit,
    ]
    return wishes.first { Printable.width($0) <= width - 4 } ?? short + share
  }

  private func fit(_ fit: ProjectionFit) -> String {
    let kind = state.isProvisionalFit ? "provisional " : ""
    let of = fit.token.map { "token \($0)" } ?? (fit.texts > 1 ? "\(fit.texts) branches" : "all")
    return " \(state.glyphs.dot) \(kind)fit \(of)"
  }
}

/// The runs that the one looked at was begun with, where their paths are shown too.
private func family(_ state: ExplorerState, _ rect: Rect) -> FamilyPlaneView? {
  guard let plane = familyPlane(state), plane.token == state.cursor.token else { return nil }
  return FamilyPlaneView(state, own: state.branch?.passages[0].node, rect)
}

private func familyPlane(_ state: ExplorerState) -> SharedPlane? {
  guard FamilyLook.shown(state) != nil, !state.plane.isCentred,
    PlaneKind(state) != .waterfalls
  else { return nil }
  return state.familyLook.plane
}

private func familyTitle(_ state: ExplorerState, _ width: Int) -> String? {
  guard let plane = familyPlane(state), plane.token == state.cursor.token else { return nil }
  let glyphs = state.glyphs
  let short =
    "\(state.plane.pair.words(glyphs)) \(glyphs.dot) \(state.familyLook.nodes.count) starts"
  let long = short + ", token \(plane.token), fit to all"
  return Printable.width(long) <= width - 24 ? long : short
}
