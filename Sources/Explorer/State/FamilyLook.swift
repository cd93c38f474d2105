import Trajectories

/// What only the computing side knows of runs side by side: how far they are apart, and their paths in
/// one plane. Asked for while it is looked at.
struct FamilyLook: Sendable {
  /// Those of which it is known, in their order.
  private(set) var nodes: [NodeID] = []
  /// Mean distance to their mean, from s₀ on; nil where it is none.
  private(set) var spread: [Float?] = []
  private(set) var plane: SharedPlane?
  var isAsking = false
  /// It could not be had; another family, or more iterations, are another matter.
  var isGivenUp = false

  /// The variants whose runs are looked at side by side now.
  static func shown(_ state: ExplorerState) -> Variants? {
    guard let table = state.table else { return nil }
    if state.zoom == .variants { return table.variants }
    guard state.planeShowsFamily, !state.planeShowsAll, isAtHand(state),
      state.zoom == nil || state.zoom == .plane
    else { return nil }
    return table.variants
  }

  /// Whether the plane of the run looked at can show the runs from other starts that were begun with
  /// it.
  static func isAtHand(_ state: ExplorerState) -> Bool {
    guard let table = state.table, table.variants.position == nil, let cause = state.promptCause
    else { return false }
    return table.variants.contains(cause)
  }

  /// Those of them that have as many iterations as most: one that was stopped early says nothing of
  /// where they all went.
  private static func members(_ variants: Variants, _ state: ExplorerState) -> [NodeID] {
    let nodes = variants.nodes(in: state.runs.tree).filter {
      state.runs[$0].map { $0.trajectory.divergence == nil } ?? false
    }
    func edge(_ node: NodeID) -> Int { state.runs[node]?.trajectory.lastIteration ?? 0 }
    let counts = Dictionary(grouping: nodes, by: edge).mapValues(\.count)
    let usual = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
    let goal = state.together?.goal ?? usual
    return nodes.filter { edge($0) >= goal || state.together?.nodes.contains($0) ?? false }
  }

  /// Asks for what is looked at and not known.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard let variants = shown(state), !state.isBeginning else { return [] }
    let members = members(variants, state)
    guard members.count > 1 else { return [] }
    if members != state.familyLook.nodes {
      state.familyLook = FamilyLook()
      state.familyLook.nodes = members
    }
    let look = state.familyLook
    guard !look.isAsking, !look.isGivenUp else { return [] }
    let edges = members.map { state.runs[$0]?.trajectory.lastIteration ?? 0 }
    let last = edges.min() ?? 0
    let keys = members.compactMap(state.runKey)
    guard last >= 1, keys.count == members.count else { return [] }
    if look.spread.count <= last, state.zoom == .variants {
      state.familyLook.isAsking = true
      return [.submit(.spread(keys, look.spread.count...last))]
    }
    let token = shownToken(variants, state)
    guard let from = look.wishedPlane(token, edges) else { return [] }
    state.familyLook.isAsking = true
    return [
      .submit(
        .sharePlane(
          keys, token: token, from: from.isEmpty ? nil : from, upTo: edges.map { [$0] }))
    ]
  }

  /// The cursor's token; the last of the prompt where it is none of it, or comes before the one that
  /// differs: up to there all paths are one.
  private static func shownToken(_ variants: Variants, _ state: ExplorerState) -> Int {
    let last = variants.cause.ids.count - 1
    return state.cursor.token < variants.position ?? 0 ? last : min(state.cursor.token, last)
  }

  /// From which iterations on the plane lacks states of each; none where it is to be fitted anew, nil
  /// where it lacks nothing. A fit stays until the paths are half as long again.
  private func wishedPlane(_ token: Int, _ edges: [Int]) -> [Int]? {
    guard let plane, plane.token == token, plane.paths.count == edges.count else { return [] }
    let there = plane.paths.map(\.count)
    let count = edges.reduce(0) { $0 + $1 + 1 }
    if 2 * count > 3 * plane.fitted.reduce(0, +) { return [] }
    return zip(there, edges).contains { $0 <= $1 } ? there : nil
  }

  /// What came belongs to the family it was asked for, whichever is looked at now.
  static func measured(
    _ spread: [Float?], from first: Int, of nodes: [NodeID], _ state: inout ExplorerState
  ) {
    state.familyLook.isAsking = false
    guard nodes == state.familyLook.nodes, first == state.familyLook.spread.count else { return }
    state.familyLook.spread += spread
  }

  /// The paths of these, from some iterations on.
  static func shared(
    _ nodes: [NodeID], _ plane: SharedPlane, from: [Int], _ state: inout ExplorerState
  ) {
    state.familyLook.isAsking = false
    guard nodes == state.familyLook.nodes, plane.paths.count == nodes.count else { return }
    if from.allSatisfy({ $0 == 0 }) {
      state.familyLook.plane = plane
    } else if state.familyLook.plane?.token == plane.token {
      state.familyLook.plane?.append(plane.paths, from: from)
    }
  }
}
