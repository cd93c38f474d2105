import Engine
import LatentModels
import Trajectories

/// One thing changed, as an experiment: the run that comes of it is a branch beside the one looked at.
enum Changing {
  /// Another token at a position of the text.
  static func change(
    _ position: Int, to id: Int, _ state: inout ExplorerState
  ) -> [Effect] {
    guard let branch = state.branch, position >= 0, position < branch.tokenCount else {
      state.complain(
        "there is no token \(position); tokens are 0 to \(max(0, state.tokenCount - 1))")
      return []
    }
    // Something may have come up while a token was chosen.
    if let reason = needsRest(state) {
      state.complain(reason)
      return []
    }
    let old = branch.token(position)
    guard old.id != id else {
      state.complain("token \(position) is '\(state.visible(old.text))' already")
      return []
    }
    guard position >= branch.promptCount else {
      guard let cause = state.promptCause else { return [] }
      return Asking.ask(
        cause.replacing(position, by: id),
        Variant(of: branch.passages[0].node, .token(position: position, old: old.id)), &state)
    }
    // Where the token that stands there was taken.
    let before = branch.passage(of: position) - 1
    (state.writing.pending, state.writing.acts) = (1, nil)
    return Writing.append(
      &state, after: before, at: branch.passages[before].iterations, .chosen(id))
  }

  /// One run a token, all begun and run as one batch, as far as the run looked at.
  static func sweep(
    _ position: Int, _ ids: [Int], _ named: String, _ state: inout ExplorerState
  ) -> [Effect] {
    guard let branch = state.branch, let cause = state.promptCause else { return [] }
    guard position >= 0, position < branch.promptCount else {
      state.complain(
        position >= branch.promptCount && position < branch.tokenCount
          ? "token \(position) was appended; a sweep changes a token of the prompt, s chooses this one"
          : "there is no token \(position) in the prompt; its tokens are 0 to "
            + "\(branch.promptCount - 1)")
      return []
    }
    let change = Variant.Change.token(position: position, old: branch.token(position).id)
    return together(
      ids.map { .prompt(cause.replacing(position, by: $0)) }, change,
      "token \(position): \(Printable.clip(named, 30))", Variants(of: cause, position: position),
      &state)
  }

  /// Runs of the prompt from zero and from seeds, all begun and run as one batch.
  static func starts(_ seeds: Int, _ state: inout ExplorerState) -> [Effect] {
    guard let cause = state.promptCause else { return [] }
    let starts = [Start.zero] + (0..<UInt64(seeds)).map { Start.seed($0) }
    return together(
      starts.map { .source(state.prompt, $0) }, .start,
      "zero, seed\(seeds == 1 ? " 0" : "s 0-\(seeds - 1)")", Variants(of: cause, position: nil),
      &state)
  }

  private static func together(
    _ beginnings: [Beginning], _ change: Variant.Change, _ label: String, _ variants: Variants,
    _ state: inout ExplorerState
  ) -> [Effect] {
    guard let branch = state.branch else { return [] }
    if let model = state.otherModel {
      state.complain(OtherModels.refusal(model))
      return []
    }
    let base = branch.passages[0]
    state.run = state.run.next
    state.isBeginning = true
    // As far as the run looked at, or as it is on its way to.
    var goal = base.trajectory.lastIteration
    if state.isPlaying, branch.passages.count == 1 { goal = max(goal, state.liveTarget) }
    state.beginnings[state.run] = .family(
      label, Variant(of: base.node, change), goal: goal > 0 ? goal : state.usualTarget)
    state.table = VariantTable(variants)
    state.zoom = .variants
    return [.submit(.beginTogether(state.run, beginnings))]
  }

  /// A family began: it is one act, and its runs go on together.
  static func begun(
    _ begun: [Begun], _ label: String, _ variant: Variant, to goal: Int,
    _ state: inout ExplorerState
  ) -> [Effect] {
    var nodes: [NodeID] = []
    let isDone = state.act { (runs) throws(TreeError) in
      nodes = try runs.add(begun.map { ($0.cause, variant, $0.trajectory) }, label: label)
    }
    guard isDone else { return [] }
    // Folded: the table shows what there is to see.
    if let family = nodes.compactMap({ state.runs.tree[$0]?.family }).last { state.fold(family) }
    // With the one they are variants of, where it is still there and does not go on by itself.
    let isPlaying = state.isPlaying && variant.of == state.runs.tree.current
    let others = nodes.filter { $0 != variant.of }
    let base = state.runs.tree.contains(variant.of) && !isPlaying ? [variant.of] : []
    state.together = Together(base + others, to: goal)
    return Together.goOn(&state)
  }
}
