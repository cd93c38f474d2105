import Engine
import Trajectories

/// How many iterations each appended token gets.
enum TokenIterations: Sendable {
  /// As many as the prompt was given at first.
  case asPrompt
  case fixed(Int)
  /// Until the rule fires, at most as many as the prompt was given.
  case until(ExitPolicy)
}

/// What the explorer keeps of writing on, token by token.
struct Writing: Sendable {
  /// The model said a token that ends the text.
  struct Ending: Sendable, Hashable {
    let token: Token
    let passage: Int
    let iteration: Int
  }

  /// A token was asked for and has not come.
  var isAppending = false
  /// Tokens still to be appended, each when the one before has had its iterations.
  var pending = 0
  var each = TokenIterations.asPrompt
  var sampling = Sampling()
  var ending: Ending?
  /// How many acts there were after the token before, where that and those to come are one act.
  var acts: Int?
  /// The exit rule has fired for the token being run, or it is thought about longer by hand.
  var hasExited = false

  /// Another branch is looked at: by hand from here on.
  mutating func rest() {
    pending = 0
    hasExited = true
    acts = nil
  }
}

extension Writing {
  /// Asks for the token that a passage says at an iteration, or for one chosen by hand.
  static func append(
    _ state: inout ExplorerState, after passage: Int, at iteration: Int,
    _ choice: Engine.Choice? = nil
  ) -> [Effect] {
    guard let node = state.branch?.passages[passage].node, let key = state.runKey(node),
      !state.isBeginning, !state.writing.isAppending
    else { return [] }
    Playback.pause(&state)
    state.writing.isAppending = true
    return [
      .submit(.append(key, at: iteration, choice ?? .said(state.writing.sampling)))
    ]
  }

  /// A token came: it is a branch, which is shown, and its iterations begin.
  static func appended(
    _ cause: TokenCause, _ token: Trajectory, at fork: Fork, _ places: PlanePlaces?,
    _ state: inout ExplorerState
  ) -> [Effect] {
    guard state.writing.isAppending, let before = state.runs[fork.node] else { return [] }
    state.writing.isAppending = false
    let pending = state.writing.pending
    // A count is one act, however many tokens it appends.
    let acts = state.runs.history.count
    let isSameAct = state.writing.acts == acts
    let edge = before.trajectory.lastIteration
    let isNew = state.runs.tree.twin(of: .token(cause), at: fork) == nil
    let others = state.runs.tree.children(of: fork.node).count
    // As far as both branches have the same tokens.
    let isOnBranch = state.branch?.passages.contains { $0.node == fork.node } ?? false
    var projection = isOnBranch ? state.projection : nil
    let isDone = state.act { (runs) throws(TreeError) in
      _ = try runs.append(cause, at: fork, token)
    }
    guard isDone, let here = state.runs.tree.current else { return [] }
    if isSameAct, state.runs.history.count == acts + 1 { state.runs.joinLast() }
    state.writing.acts = pending > 1 ? state.runs.history.count : nil
    let how = cause.sampling == nil ? "chosen by hand, after" : "as said at"
    var words =
      "'\(state.visible(token.tokens[0].text))' \(how) r \(fork.iteration) of \(edge)"
    if isNew {
      state.writing.hasExited = false
      let first = state.branch?.last.firstToken ?? 0
      projection?.removeTokens(from: first)
      if let places {
        projection?.add(places, iteration: 0, firstToken: first)
      }
      state.projection = projection
      state.isPlaneStale = projection == nil
      state.cursor = Address(token: first, iteration: 0)
      state.liveTarget = iterations(of: state)
      if others > 0 { words += "; a branch, run \(here); b swaps with the one before" }
    } else {
      words += "; run \(here) was there already"
    }
    state.say(words)
    // Cleared by whoever stopped it meanwhile.
    guard pending > 0 else { return [] }
    state.writing.pending = pending - 1
    return isNew || state.writing.pending > 0 ? Playback.play(&state) : []
  }

  /// The model said that it is done.
  static func ended(
    _ token: Token, at fork: Fork, _ state: inout ExplorerState
  ) -> [Effect] {
    state.writing.isAppending = false
    state.writing.pending = 0
    let passage = state.branch?.passages.firstIndex { $0.node == fork.node } ?? 0
    state.writing.ending = Ending(token: token, passage: passage, iteration: fork.iteration)
    state.say(
      "the model is done: it says '\(state.visible(token.text))' at r \(fork.iteration), which ends "
        + "the text")
    return []
  }

  /// Whether the exit rule stops the token that is being run; asked after every iteration.
  static func checkExit(_ state: inout ExplorerState) {
    guard case .until(let policy) = state.writing.each, !state.writing.hasExited,
      let branch = state.branch, branch.passages.count > 1
    else { return }
    let trajectory = branch.last.trajectory
    let iteration = trajectory.lastIteration
    if policy.rule.ends(
      trajectory, at: iteration, threshold: policy.threshold, scope: policy.scope)
    {
      state.liveTarget = iteration
      state.writing.hasExited = true
    }
  }

  /// Iterations a token gets, at most.
  private static func iterations(of state: ExplorerState) -> Int {
    if state.model?.thinksOnce == true { return 0 }
    if case .fixed(let count) = state.writing.each { return count }
    return state.usualTarget
  }
}
