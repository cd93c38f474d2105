import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// What a copy becomes: a branch like any other, where a cause can say it.
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
    case .perturbed("noise-on-e", let strength, _):
      // What an edit draws is what the first copy of a seed has; this is the seed for which it is this one.
      let seed = PlacedRandom.seed(ofPart: UInt64(copy), of: question.seed)
      return edit(.noise(strength, seed: seed), root, &state)
    case .perturbed(let name, _, _):
      // The footer of a small screen has room for some sixty letters.
      state.complain(
        name.hasPrefix("dropout")
          ? "no edit drops elements; copies of starts, noise-on-e are runs"
          : "no edit says noise on what is read; starts, noise-on-e do")
      return []
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

  private static func edit(
    _ edit: Edit, _ root: NodeID, _ state: inout ExplorerState
  ) -> [Effect] {
    do throws(EditError) {
      let cause = try state.runs.tree.edit("\(edit)", of: root)
      guard let key = state.runKey(root) else { return [] }
      state.zoom = state.outerZoom
      state.fanning.making = cause
      return [.submit(.edit(key, cause))]
    } catch {
      state.complain(error.description)
      return []
    }
  }
}
