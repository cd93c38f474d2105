import Engine
import LatentModels
import Trajectories

/// What is to be made of runs when they have begun.
enum Beginnings: Sendable, Hashable {
  /// A run beside the one it is a variant of.
  case variant(Variant)
  /// Several, all variants of one, which are to go on together to an iteration.
  case family(String, Variant, goal: Int)
  /// A run whose answer is to be brought back by the one it is a variant of.
  case corrupted(Variant)
  /// A run beside one of a file that another model made, which went as far as the goal.
  case beside(NodeID, goal: Int)
}

/// Starting runs.
enum Asking {
  /// Begins a run on a prompt, or shows the one that is there.
  static func ask(
    _ prompt: PromptSource, _ start: Start, _ state: inout ExplorerState
  ) -> [Effect] {
    if let twin = twin(prompt, start, state) {
      let isHere = twin == state.branch?.node
      state.show(twin)
      state.say("\(state.runWords(twin)) \(isHere ? "is looked at already" : "was there already")")
      return []
    }
    state.run = state.run.next
    state.isBeginning = true
    state.stepGoal = nil
    return [.submit(.begin(state.run, prompt, start))]
  }

  /// Begins a run that a cause says, as a variant of another, or shows the one that is there.
  static func ask(
    _ cause: PromptCause, _ variant: Variant, _ state: inout ExplorerState
  ) -> [Effect] {
    if let twin = state.runs.tree.twin(of: .prompt(cause), at: nil) {
      state.show(twin)
      state.say("\(state.runWords(twin)) was there already")
      return []
    }
    state.run = state.run.next
    state.beginnings[state.run] = .variant(variant)
    state.isBeginning = true
    state.isPlaying = true
    state.stepGoal = nil
    return [.submit(.beginTogether(state.run, [.prompt(cause)]))]
  }

  /// The run that a prompt and a start would make, if it is there.
  private static func twin(
    _ prompt: PromptSource, _ start: Start, _ state: ExplorerState
  ) -> NodeID? {
    let start = state.resolved(start)
    return state.runs.tree.children(of: nil).first { id in
      guard case .prompt(let cause)? = state.runs.tree[id]?.cause, cause.start == start,
        cause.model == nil
      else { return false }
      switch prompt {
      case .text(let text): return cause.text == text
      case .ids(let ids): return cause.ids == ids
      }
    }
  }

  /// A seed that the prompt looked at has not been run from: the next after the one it has.
  static func nextSeed(_ state: ExplorerState) -> UInt64 {
    var taken: Set<UInt64> = []
    for id in state.runs.tree.children(of: nil) {
      if case .prompt(let cause)? = state.runs.tree[id]?.cause, cause.ids == state.promptCause?.ids,
        case .seeded(let seed, _, _) = cause.start
      {
        taken.insert(seed)
      }
    }
    var seed = taken.max() ?? 0
    if case .seeded(let own, _, _) = state.start { seed = own }
    repeat { seed &+= 1 } while taken.contains(seed)
    return seed
  }

  /// A run began: it is shown, and its iterations begin.
  static func began(
    _ cause: PromptCause, _ trajectory: Trajectory, variant: Variant? = nil,
    _ state: inout ExplorerState
  ) -> [Effect] {
    let before = state.branch
    if let text = cause.text { state.keep(text, as: .prompts) }
    let isSamePrompt =
      variant != nil || before?.passages[0].trajectory.tokens == trajectory.tokens
    let token = isSamePrompt ? min(state.cursor.token, trajectory.tokens.count - 1) : nil
    var target = (before?.passages.count ?? 1) == 1 ? state.liveTarget : state.usualTarget
    if let touring = state.touring, touring.isBeginning { target = touring.usualTarget(state) }
    let isPlaying = state.isPlaying
    let tree = state.runs.tree
    let isNew = tree.twin(of: .prompt(cause), at: nil) == nil
    let base = tree.children(of: nil).first {
      tree[$0]?.cause.ids == cause.ids && tree.otherModel(of: $0) == nil
    }
    let isDone = state.act { (runs) throws(TreeError) in
      _ = try runs.add(
        cause, variant: variant ?? base.map { Variant(of: $0, .start) }, trajectory)
    }
    guard isDone, isNew else { return [] }
    if variant != nil, let node = state.runs.tree.current { state.say(state.runWords(node)) }
    // The answer is read at the last token; look there unless the user chose a place in this prompt.
    state.cursor = Address(token: token ?? max(0, trajectory.tokens.count - 1), iteration: 0)
    state.liveTarget = target
    state.awaitPlane()
    if sayIfDiverged(&state) { return [] }
    return isPlaying ? Playback.play(&state) : []
  }
}

extension Asking {
  /// Runs began that were asked for by their causes.
  static func begunTogether(
    _ run: RunNumber, _ begun: [Begun], _ state: inout ExplorerState
  ) -> [Effect] {
    switch state.beginnings.removeValue(forKey: run) {
    case .variant(let variant):
      begun.flatMap { began($0.cause, $0.trajectory, variant: variant, &state) }
    case .family(let label, let variant, let goal):
      Changing.begun(begun, label, variant, to: goal, &state)
    case .corrupted(let variant):
      begun.flatMap { Corrupting.begun($0, variant, &state) }
    case .beside(let other, let goal):
      begun.flatMap { OtherModels.began($0, beside: other, goal: goal, &state) }
    case nil: []
    }
  }
}

extension ExplorerState {
  /// How far a run goes unless told otherwise.
  var usualTarget: Int { max(1, wishedIterations ?? model?.defaultIterations ?? 1) }

  /// A basis comes when there are states for one.
  mutating func awaitPlane() {
    projection = nil
    isProvisionalFit = true
    hasFitAtTarget = false
    isPlaneStale = false
  }
}
