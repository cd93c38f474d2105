import Engine
import LatentModels
import Trajectories

/// Saying which run is the corrupted one of a causal map, and making it where it is not there.
enum Corrupting {
  /// What can be typed after `cause`, beside runs.
  static let words = ["noise ", "seed ", "token ", "zero"]

  /// What would work where nothing is there to be used.
  private static let advice = "no other run; try :cause token 1 8, seed 5 or noise 0.5"

  /// Opens the map against what was typed, or with nothing against the run at hand.
  static func open(_ text: String?, _ state: inout ExplorerState) -> [Effect] {
    guard let text else { return openAtHand(&state) }
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : nil
    if let number = Int(text) { return Causing.open(against: NodeID(number), &state) }
    if let node = state.runs.tree.nodes.first(where: { $0.name == text }) {
      return Causing.open(against: node.id, &state)
    }
    switch (parts.first, rest) {
    case ("seed", let rest?): return seed(rest, &state)
    case ("zero", nil): return start(.zero, &state)
    case ("token", let rest?): return token(rest, &state)
    case ("noise", let rest?): return noise(rest, &state)
    case ("seed", nil), ("token", nil), ("noise", nil):
      state.complain("cause takes seed 5, token 1 8, noise 0.5 or noise 0.5 3")
    default:
      state.complain(
        "no run \(Printable.clip(text, 12)); a run's number, seed 5, token 1 8, zero, noise 0.5")
    }
    return []
  }

  /// The run selected in the tree or the table, the one that is compared with, the one of the map before,
  /// the branch before, the one this is a variant of, a sibling: whichever fits first.
  private static func openAtHand(_ state: inout ExplorerState) -> [Effect] {
    let selected = state.selectedElsewhere
    if let selected, selected != state.runs.tree.current {
      return Causing.open(against: selected, &state)
    }
    if state.isComparing, let other = state.other, !state.isCauseCell(beside: other) {
      return Causing.open(against: other, &state)
    }
    if Causing.reopen(&state) { return [] }
    let tree = state.runs.tree
    guard let current = tree.current else { return [] }
    let siblings = tree.children(of: tree[current]?.fork?.node)
    let candidates = [
      state.other, tree.previous, tree.base(of: current), tree[current]?.fork?.node,
    ]
    let others = candidates.compactMap(\.self) + siblings.reversed()
    if let other = others.first(where: { state.noCausalMap(against: $0) == nil }) {
      return Causing.open(against: other, &state)
    }
    // Of one that was looked at it is said why it does not do.
    state.complain(
      others.first { $0 != current }.flatMap { state.noCausalMap(against: $0) } ?? advice)
    return []
  }

  // MARK: Other starts and tokens

  private static func seed(_ text: String, _ state: inout ExplorerState) -> [Effect] {
    guard let seed = UInt64(text) else {
      state.complain("a seed is a whole number from 0 on: cause seed 5")
      return []
    }
    return start(state.seeded(seed), &state)
  }

  private static func start(_ start: Start, _ state: inout ExplorerState) -> [Effect] {
    if let reason = Command.needsFreeStart(state) {
      state.complain(reason)
      return []
    }
    guard let cause = prompt(&state) else { return [] }
    return begin(cause.starting(start), .start, &state)
  }

  private static func token(_ text: String, _ state: inout ExplorerState) -> [Effect] {
    guard let search = state.vocabulary?.search else {
      state.complain("this model says nothing of its tokens")
      return []
    }
    guard let cause = prompt(&state) else { return [] }
    do throws(UnknownTokens) {
      let (position, tokens) = positionAndRest(text, state)
      let id = try TokenList.one(tokens, in: search)
      guard cause.ids.indices.contains(position) else {
        state.complain("the prompt has tokens 0 to \(cause.ids.count - 1): cause token 1 8")
        return []
      }
      let old = cause.ids[position]
      guard old != id else {
        state.complain("token \(position) is '\(state.visible(state.runs.text(of: old)))' already")
        return []
      }
      return begin(
        cause.replacing(position, by: id), .token(position: position, old: old), &state)
    } catch {
      state.complain(error.description)
      return []
    }
  }

  /// What made the run looked at, where that is a prompt alone.
  private static func prompt(_ state: inout ExplorerState) -> PromptCause? {
    guard let current = state.runs.tree.current else { return nil }
    guard case .prompt(let cause)? = state.runs.tree[current]?.cause else {
      state.complain(
        "run \(current) is no plain prompt; name a run, or :cause noise 0.5")
      return nil
    }
    return cause
  }

  private static func begin(
    _ cause: PromptCause, _ change: Variant.Change, _ state: inout ExplorerState
  ) -> [Effect] {
    guard let clean = state.runs.tree.current else { return [] }
    if let twin = state.runs.tree.twin(of: .prompt(cause), at: nil) {
      return Causing.open(against: twin, &state)
    }
    state.run = state.run.next
    state.beginnings[state.run] = .corrupted(Variant(of: clean, change))
    state.isBeginning = true
    return [.submit(.beginTogether(state.run, [.prompt(cause)]))]
  }

  /// A corrupted run began: it is in the tree, and one goes on looking at the clean one.
  static func begun(
    _ begun: Begun, _ variant: Variant, _ state: inout ExplorerState
  ) -> [Effect] {
    var node: NodeID?
    state.act { (runs) throws(TreeError) in
      node = try runs.add(begun.cause, variant: variant, begun.trajectory, isShown: false)
    }
    // Something else may be looked at by now.
    guard let node, state.runs.tree.current == variant.of else { return [] }
    return Causing.open(against: node, &state)
  }

  // MARK: Noise

  /// Noise on e, the prelude's output: relative to its size, token by token.
  private static func noise(_ text: String, _ state: inout ExplorerState) -> [Effect] {
    let parts = text.split(separator: " ")
    guard (1...2).contains(parts.count), let strength = Float(parts[0]), strength.isFinite,
      strength > 0, let seed = parts.count > 1 ? UInt64(parts[1]) : 0
    else {
      state.complain(
        "noise takes a share of e, more than 0, and a seed: noise 0.5 3")
      return []
    }
    if state.runs.branch?.passages.count ?? 1 > 1 {
      state.complain("appended tokens are no part of this; k to the prompt, then w")
      return []
    }
    if state.model?.thinksOnce == true {
      state.complain("thoughts read no e: name a run, or :cause token 1 8")
      return []
    }
    guard let clean = state.runs.tree.current, let key = state.runKey else { return [] }
    let edit = Edit.noise(strength, seed: seed)
    guard let cause = EditCause(edit) else { return [] }
    if let twin = state.runs.tree.twin(of: .edit(cause), at: Fork(node: clean, iteration: 0)) {
      return Causing.open(against: twin, &state)
    }
    state.causing.awaited = cause
    return [.submit(.edit(key, cause))]
  }

  /// The run with noise began, and goes on beside the clean one.
  static func edited(
    _ node: NodeID, _ cause: EditCause, _ trajectory: Trajectory, _ state: inout ExplorerState
  ) -> [Effect] {
    state.causing.awaited = nil
    var corrupted: NodeID?
    state.act { (runs) throws(TreeError) in
      corrupted = try runs.edit(node, cause, trajectory, isShown: false)
    }
    guard let corrupted, state.runs.tree.current == node else { return [] }
    return Causing.open(against: corrupted, &state)
  }
}
