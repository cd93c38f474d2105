import Engine
import Trajectories

/// What the basis of the plane is fitted on.
enum PlaneBasis: String, Sendable, Hashable, CaseIterable {
  /// The states of the selected token.
  case token
  /// Those of all tokens of the text.
  case all
  /// Those of all tokens of every branch there is.
  case branches
}

/// The two principal components along which the plane lies, counted from 0.
struct ComponentPair: Sendable, Hashable {
  var across = 0
  var up = 1

  /// Each component once, in three planes.
  static let pairs = [
    ComponentPair(), ComponentPair(across: 2, up: 3), ComponentPair(across: 4, up: 5),
  ]

  var components: [Int] { [across, up] }

  func words(_ glyphs: Glyphs) -> String { "PC\(across + 1)\(glyphs.times)PC\(up + 1)" }

  /// Where a state lies; nil where it has no place.
  func point(_ coordinates: [Float]) -> PlanePoint? {
    guard across < coordinates.count, up < coordinates.count else { return nil }
    let point = PlanePoint(x: Double(coordinates[across]), y: Double(coordinates[up]))
    return point.x.isFinite && point.y.isFinite ? point : nil
  }
}

/// What the plane is fitted on, and what it shows of it.
struct PlaneLook: Sendable, Hashable {
  var basis = PlaneBasis.all
  var pair = ComponentPair()
  /// Every path is drawn around its own mean, as an orbit.
  var isCentred = false
  /// All components against the iteration, where the plane fills the screen.
  var showsWaterfalls = false
  /// The fit that was asked for last: one that did not come is not asked for again by itself.
  fileprivate var asked: Asked?

  fileprivate struct Asked: Sendable, Hashable {
    let node: NodeID
    let basis: PlaneBasis
    let token: Int
  }
}

extension PlaneLook {
  /// Asks for a fit of some iterations.
  static func fit(_ iterations: ClosedRange<Int>, _ state: inout ExplorerState) -> [Effect] {
    guard let key = state.runKey else { return [] }
    let basis = state.plane.basis
    state.plane.asked = Asked(node: key.node, basis: basis, token: state.cursor.token)
    state.isFitting = true
    state.isProvisionalFit = false
    state.hasFitAtTarget = true
    let others = basis == .branches ? otherTexts(state) : []
    // They have the new basis when they are looked at again.
    for other in others { state.views[other.node]?.projection = nil }
    let fit = ProjectionFit(
      token: basis == .token ? state.cursor.token : nil, iterations: iterations,
      texts: 1 + others.count)
    return [
      .submit(
        .project(
          key, fit, upTo: state.text(key).last,
          beside: others.map { state.text($0) }))
    ]
  }

  /// Every branch that is not looked at, by its end; the runs in between are part of these, but not those
  /// that an edit takes the place of.
  static func otherTexts(_ state: ExplorerState) -> [RunKey] {
    let tree = state.runs.tree
    return tree.nodes.map(\.id).filter { id in
      id != tree.current && tree.otherModel(of: id) == nil
        && tree.children(of: id).allSatisfy { tree[$0]?.cause.isRerun ?? false }
        && state.runs[id].map { $0.trajectory.divergence == nil } ?? false
    }
    .compactMap(state.runKey)
  }

  /// Which iterations a fit takes when nobody says: all; of branches as far as the longest went.
  static func iterations(_ state: ExplorerState) -> ClosedRange<Int> {
    var last = state.branch?.passages.map(\.trajectory.lastIteration).max() ?? 0
    if state.plane.basis == .branches {
      for id in state.runs.tree.nodes.map(\.id) {
        last = max(last, state.runs[id]?.trajectory.lastIteration ?? 0)
      }
    }
    return 0...last
  }

  /// A basis of the selected token goes along when another is selected; where states would have to be
  /// computed again for it, it is left to a key.
  static func follow(_ state: inout ExplorerState) -> [Effect] {
    guard state.plane.basis == .token, !state.isFitting, !state.isBusy, !state.isPlaying,
      state.fullMemory == nil, state.zoom == nil || state.zoom == .plane,
      let fit = state.projection?.fit, fit.token != state.cursor.token, state.edge >= 2,
      let key = state.runKey,
      state.plane.asked != Asked(node: key.node, basis: .token, token: state.cursor.token)
    else { return [] }
    return Self.fit(iterations(state), &state)
  }
}
