import Trajectories

/// Which panes are shown, and where: 80×24 first, more panes and larger ones where there is room,
/// fewer where there is not.
struct Layout: Sendable, Hashable {
  /// One pane and its room.
  struct Place: Sendable, Hashable {
    let name: PaneName
    let rect: Rect
    let frame: Frame?

    /// Whether a point is in the line of the title.
    func isTitle(_ point: Point) -> Bool {
      frame != nil && point.y == rect.y && rect.contains(point)
    }

    /// What is left inside the frame.
    func inner(_ state: ExplorerState) -> Rect {
      guard rect.height > 0, rect.width > 2 else { return rect }
      switch frame {
      case nil: return rect
      case .rule: return rect.inset(top: 1)
      case .box: return rect.inset(left: 1, top: 1, right: 1, bottom: 1)
      }
    }
  }

  let places: [Place]
  /// Where words stand that stay until they are sent away.
  let strip: Rect?
  /// True: there is room for one line only.
  let isOneLine: Bool

  init(_ state: ExplorerState) {
    let size = state.size
    isOneLine = size.width < 20 || size.height < 6
    guard !isOneLine else {
      places = []
      strip = nil
      return
    }
    let scrubRows = size.height >= 30 ? 2 : 1
    let stripRows = StripView.rows(state)
    let body = Rect(
      x: 0, y: 1, width: size.width, height: size.height - 2 - scrubRows - stripRows)
    let scrub = Rect(x: 0, y: body.maxY + stripRows, width: size.width, height: scrubRows)
    strip =
      stripRows == 0 ? nil : Rect(x: 0, y: body.maxY, width: size.width, height: stripRows)
    let builder = Builder(
      frame: size.width >= 100 && size.height >= 30 ? .box : .rule, state: state)
    var places: [Place]
    if state.zoom == .compare {
      places = Self.comparing(in: body, builder)
    } else if let zoom = state.zoom, zoom != .scrub {
      places = builder.enlarged(zoom, in: body)
    } else {
      places = builder.panes(in: body)
    }
    places.append(Place(name: .scrub, rect: scrub, frame: nil))
    self.places = places.filter { !$0.rect.isEmpty }
  }

  func place(_ name: PaneName) -> Place? { places.first { $0.name == name } }

  /// The panes Tab goes through: those shown, or all of them while one is zoomed.
  func panes(forFocus state: ExplorerState) -> [PaneName] {
    let shown = Set(places.map(\.name))
    return PaneName.allCases.filter { name in
      // What two branches come to has nothing to move in; the others are opened by keys of their own.
      let own: [PaneName] = [
        .compare, .runs, .variants, .inside, .causes, .fan, .motion, .contraction,
      ]
      if own.contains(name) { return false }
      if name == .watched, state.watching.ids.isEmpty { return false }
      let isOfBoth = PaneName.comparing.contains(name)
      return state.zoom == nil || state.zoom == .compare
        ? shown.contains(name) : name != .scrub && isOfBoth == state.isComparing
    }
  }

  /// Two branches: what it comes to, and below it each pane where that of one branch is.
  private static func comparing(in body: Rect, _ builder: Builder) -> [Place] {
    let (top, rest) = body.splitTop(body.width < 70 ? min(2, body.height / 4) : 1)
    return [Place(name: .compare, rect: top, frame: nil)]
      + builder.panes(in: rest).compactMap { place in
        place.name.ofBoth.map { Place(name: $0, rect: place.rect, frame: place.frame) }
      }
  }

  private struct Builder {
    let frame: Frame
    let state: ExplorerState

    private var isComparing: Bool { state.zoom == .compare }
    /// What stands where sizes do: watched tokens, where there are some.
    private var sizes: PaneName {
      isComparing || state.watching.ids.isEmpty ? .residuals : .watched
    }
    /// Rows the longer text has.
    private var tokens: Int {
      isComparing ? state.bothBranches?.rows ?? state.tokenCount : state.tokenCount
    }

    func panes(in body: Rect) -> [Place] {
      if state.presenting != nil { return presenting(body) }
      if body.width < 70 { return narrow(body) }
      if body.height < 15 { return low(body) }
      return body.width < 100 ? medium(body) : wide(body)
    }

    private func place(_ name: PaneName, _ rect: Rect) -> Place {
      Place(name: name, rect: rect, frame: frame)
    }

    /// Rows the heat map can use: a row a token, the iterations above, the legend below, the frame.
    private var heatRows: Int { max(3, tokens) + 2 + (frame == .box ? 2 : 1) }

    /// The same where tokens are as tall as there is room for.
    private func fittingHeatRows(_ body: Rect) -> Int {
      let lines = body.height - 2 - (frame == .box ? 2 : 1)
      let tall = max(1, min(HeatGrid.tallest, lines / max(1, tokens)))
      return heatRows + tokens * (tall - 1)
    }

    /// One pane with all the room; of what a heat map of few tokens leaves, what its rows come to.
    func enlarged(_ name: PaneName, in body: Rect) -> [Place] {
      let rows = fittingHeatRows(body)
      guard name == .heat, state.presenting == nil, state.model?.thinksOnce != true,
        body.width >= 70, body.height - rows >= 9
      else { return [place(name, body)] }
      let (heat, rest) = body.splitTop(rows)
      let (curves, likely) = rest.splitLeft(rest.width / 2)
      return [
        place(.heat, heat), place(.entropy, curves),
        place(.predictions, frame == .box ? likely : likely.inset(left: 1)),
      ]
    }

    /// Few panes with room between them: the map, the path, and what is said.
    private func presenting(_ body: Rect) -> [Place] {
      guard body.width >= 60 else {
        let (heat, rest) = body.splitTop(body.height - max(4, body.height / 4))
        return [place(.heat, heat), place(.predictions, rest)]
      }
      let gap = body.width >= 100 ? 4 : 2
      let (heat, rest) = body.splitLeft(body.width * 60 / 100)
      let right = rest.inset(left: gap)
      guard body.height >= 14 else { return [place(.heat, heat), place(.predictions, right)] }
      // What few tokens leave of the map's column is for what is said; the path has all of its own.
      let rows = fittingHeatRows(body)
      if state.model?.thinksOnce != true, body.height - rows >= 9 {
        let (map, below) = heat.splitTop(rows)
        return [
          place(.heat, map), place(.plane, right), place(.predictions, below.inset(top: 1)),
        ]
      }
      let (plane, said) = right.splitTop(body.height - max(5, min(9, body.height / 4)))
      return [
        place(.heat, heat), place(.plane, plane.inset(bottom: 1)), place(.predictions, said),
      ]
    }

    /// One column: the heat map, and under it what still fits.
    private func narrow(_ body: Rect) -> [Place] {
      guard body.height >= 12 else {
        let (top, rest) = body.splitTop(body.height >= 7 ? body.height - 3 : body.height)
        return [place(.heat, top), place(.predictions, rest)]
      }
      let (heat, below) = body.splitTop(min(heatRows, max(6, body.height / 2)))
      let (predictions, last) = below.splitTop(
        below.height >= 14 ? 7 : below.height >= 10 ? 5 : below.height)
      guard last.height >= 10 else {
        let curve: PaneName = sizes == .watched ? .watched : .entropy
        return [place(.heat, heat), place(.predictions, predictions), place(curve, last)]
      }
      let (entropy, plane) = last.splitTop(last.height / 2)
      return [
        place(.heat, heat), place(.predictions, predictions), place(.entropy, entropy),
        place(.plane, plane),
      ]
    }

    /// Wide but low: heat map and predictions, a curve if it is wide enough.
    private func low(_ body: Rect) -> [Place] {
      let (heat, rest) = body.splitLeft(body.width * 55 / 100)
      let right = rest.inset(left: 1)
      guard body.width >= 110 else { return [place(.heat, heat), place(.predictions, right)] }
      let (predictions, plane) = right.splitLeft(right.width / 2)
      return [
        place(.heat, heat), place(.predictions, predictions), place(.plane, plane.inset(left: 1)),
      ]
    }

    /// 80×24 and thereabouts: the heat map left; plane, predictions and curves right.
    private func medium(_ body: Rect) -> [Place] {
      // Two answers side by side take more room than one.
      let (left, rest) = body.splitLeft(body.width * (isComparing ? 58 : 52) / 100)
      let right = rest.inset(left: 1)
      let rows = body.height
      let (plane, below) = right.splitTop(rows * 36 / 100 + (rows > 24 ? 2 : 0))
      let (predictions, curves) = below.splitTop(rows >= 20 ? max(7, below.height / 2) : 6)
      let heatHeight = rows - heatRows >= 8 ? heatRows : rows
      let (heat, underHeat) = left.splitTop(heatHeight)
      var places = [place(.heat, heat), place(.plane, plane), place(.predictions, predictions)]
      if underHeat.height >= 6 {
        let (residuals, entropy) = underHeat.splitTop(
          curves.height >= 5 ? underHeat.height : underHeat.height / 2)
        places.append(place(sizes, residuals))
        places.append(place(.entropy, curves.height >= 5 ? curves : entropy))
      } else if curves.height >= 4 {
        let (residuals, entropy) = curves.splitLeft(curves.width / 2)
        places.append(place(sizes, residuals))
        places.append(place(.entropy, entropy.inset(left: 1)))
      }
      return places
    }

    /// From 100 columns: the heat map over the curves, the plane over the predictions.
    private func wide(_ body: Rect) -> [Place] {
      let (left, right) = body.splitLeft(body.width * (body.width >= 160 ? 56 : 54) / 100)
      let most = max(8, body.height - max(8, body.height * 30 / 100))
      let (heat, curves) = left.splitTop(min(heatRows, most))
      let (plane, predictions) = right.splitTop(
        min(body.height * 55 / 100, max(heat.height, body.height / 2)))
      let (residuals, entropy) = curves.splitLeft(curves.width / 2)
      // The rules need a row each, a heading and the frame; they come when the candidates have
      // their room.
      let exitRows = state.exits.rules.count + 3
      let hasExits = !isComparing && predictions.height >= exitRows + 7
      let (likely, exits) = predictions.splitTop(
        predictions.height - (hasExits ? exitRows : 0))
      return [
        place(.heat, heat), place(.plane, plane), place(.predictions, likely),
        place(sizes, residuals), place(.entropy, entropy),
      ] + (hasExits ? [place(.exits, exits)] : [])
    }
  }
}
