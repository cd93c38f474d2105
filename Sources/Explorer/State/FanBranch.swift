import LatentModels
import ParallelScaling
import Trajectories

/// What a copy becomes: a branch like any other, which goes on, forks and is edited as it is.
enum FanBranch {
  /// Makes the run of the picked copy, or says why there is none.
  static func make(_ state: inout ExplorerState) -> [Effect] {
    guard let question = state.fanQuestion, let copy = state.fanning.selected else {
      state.complain("no copy is picked; down and up pick one")
      return []
    }
    guard let root = state.promptRun else { return [] }
    switch question.way {
    case .starts: return start(copy, question, root, &state)
    case .perturbed(let name, let strength, let isHeld):
      guard let key = state.runKey(root) else { return [] }
      let kind = PerturbationKind.named(name)
      let ends =
        kind.map {
          CopyCause.endsWithThoughts($0, thinksOnce: state.model?.thinksOnce == true)
        } ?? false
      let cause = CopyCause(
        perturbations: [.init(name, strength: strength, isHeld: isHeld)], seed: question.seed,
        number: copy, last: ends ? question.iterations : nil)
      state.zoom = state.outerZoom
      state.fanning.making = cause
      return [.submit(.copy(key, cause))]
    }
  }

  private static func start(
    _ copy: Int, _ question: EnsembleQuestion, _ root: NodeID, _ state: inout ExplorerState
  ) -> [Effect] {
    guard case .seeded(let seed, let form, let scale) = state.resolved(question.cause.start) else {
      return []
    }
    state.zoom = state.outerZoom
    if copy == 0 {
      state.show(root)
      state.say("copy 0 is run \(root), which the others are copies of")
      return []
    }
    let start = Start.seeded(seed: seed &+ UInt64(copy), form: form, scale: scale)
    return Asking.ask(question.cause.starting(start), Variant(of: root, .start), &state)
  }

  /// The copy began: it is shown, and goes as far as it went in the fan.
  static func made(
    _ node: NodeID, _ cause: CopyCause, _ trajectory: Trajectory, _ state: inout ExplorerState
  ) -> [Effect] {
    if cause == state.fanning.making { state.fanning.making = nil }
    guard let before = state.runs[node]?.trajectory else { return [] }
    let copies = state.fanning.copies
    let iterations =
      copies.indices.contains(cause.number)
      ? copies[cause.number].rollout.iterations : before.lastIteration
    return Editing.begin(.copy(cause), of: node, upTo: iterations, &state) {
      (runs) throws(TreeError) in _ = try runs.copy(node, cause, trajectory)
    }
  }
}
