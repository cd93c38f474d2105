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
  /// A change of the text that was asked for and has not come.
  enum Change: Sendable, Hashable {
    case append
    case rewind(passage: Int)
    case exchange
  }

  /// The model said a token that ends the text.
  struct Ending: Sendable, Hashable {
    let token: Token
    let passage: Int
    let iteration: Int
  }

  var change: Change?
  /// Tokens still to be appended, each when the one before has had its iterations.
  var pending = 0
  var each = TokenIterations.asPrompt
  var sampling = Sampling()
  /// What was set aside last.
  var tail: Rollout.Tail?
  var ending: Ending?
  /// What was set aside for the newest token; nil where nothing was.
  var asideWords: String?
  /// The exit rule has fired for the token being run; it may be thought about longer by hand.
  var hasExited = false

  var isBusy: Bool { change != nil }

  /// Another text begins; how it is written stays.
  mutating func reset() {
    change = nil
    pending = 0
    tail = nil
    ending = nil
    asideWords = nil
    hasExited = false
  }
}

extension Writing {
  /// Asks for the token that a passage says at an iteration.
  static func append(
    _ state: inout ExplorerState, after passage: Int, at iteration: Int
  ) -> [Effect] {
    guard state.rollout != nil, !state.isBeginning, !state.writing.isBusy else { return [] }
    Playback.pause(&state)
    state.writing.change = .append
    return [
      .submit(.append(state.run, after: passage, at: iteration, state.writing.sampling))
    ]
  }

  /// A token came: it is selected, and its iterations begin.
  static func appended(
    _ token: Trajectory, after passage: Int, at iteration: Int, _ places: Places?,
    _ state: inout ExplorerState
  ) -> [Effect] {
    guard state.writing.change == .append, var rollout = state.rollout,
      passage < rollout.passages.count, token.tokens.count == 1
    else { return [] }
    state.writing.change = nil
    state.writing.ending = nil
    state.writing.hasExited = false
    state.writing.asideWords = nil
    let tail = rollout.setAside(after: passage)
    let edge = rollout.last.trajectory.lastIteration
    rollout.append(token, takenAt: iteration)
    state.rollout = rollout
    state.projection?.removeTokens(from: rollout.last.firstToken)
    if let places {
      state.projection?.add(places, iteration: 0, firstToken: rollout.last.firstToken)
    }
    state.cursor = Address(token: rollout.last.firstToken, iteration: 0)
    state.liveTarget = iterations(of: state)
    var words = "'\(state.visible(token.tokens[0].text))' as said at r \(iteration) of \(edge)"
    if let tail {
      state.writing.tail = tail
      let what = tail.count == 1 ? "1 token" : "\(tail.count) tokens"
      let aside = "\(what) set aside, u brings back"
      words += "; \(aside)"
      state.writing.asideWords = aside
    }
    state.say(words)
    // Cleared by whoever stopped it meanwhile.
    guard state.writing.pending > 0 else { return [] }
    state.writing.pending -= 1
    return Playback.play(&state)
  }

  /// The model said that it is done.
  static func ended(
    _ token: Token, after passage: Int, at iteration: Int, _ state: inout ExplorerState
  ) -> [Effect] {
    state.writing.change = nil
    state.writing.pending = 0
    state.writing.ending = Ending(token: token, passage: passage, iteration: iteration)
    state.say(
      "the model is done: it says '\(state.visible(token.text))' at r \(iteration), which ends the text"
    )
    return []
  }

  /// What was asked to be set aside or brought back is.
  static func rewritten(_ projection: Projection?, _ state: inout ExplorerState) -> [Effect] {
    guard let change = state.writing.change, var rollout = state.rollout else { return [] }
    state.writing.change = nil
    state.writing.ending = nil
    state.writing.asideWords = nil
    // By hand from here on: a rule that fired, or did not, is no matter any more.
    state.writing.hasExited = true
    switch change {
    case .append: return []
    case .rewind(let passage):
      guard let tail = rollout.setAside(after: passage) else { return [] }
      state.writing.tail = tail
      state.say("\(tail.count) set aside; u brings back, e thinks on, . appends")
    case .exchange:
      guard let tail = state.writing.tail else { return [] }
      state.writing.tail = rollout.exchange(tail)
      state.say(
        state.writing.tail.map { "brought back; u takes the other \($0.count) again" }
          ?? "brought back")
    }
    state.rollout = rollout
    state.projection = projection ?? state.projection
    state.cursor.token = rollout.tokenCount - 1
    state.cursor.iteration = rollout.last.trajectory.lastIteration
    state.liveTarget = max(1, state.cursor.iteration)
    return []
  }

  /// Whether the exit rule stops the token that is being run; asked after every iteration.
  static func checkExit(_ state: inout ExplorerState) {
    guard case .until(let policy) = state.writing.each, !state.writing.hasExited,
      let rollout = state.rollout, rollout.passages.count > 1
    else { return }
    let trajectory = rollout.last.trajectory
    let iteration = trajectory.lastIteration
    let value = policy.rule.value(of: trajectory, iteration: iteration, scope: policy.scope)
    if policy.rule.fires(value, threshold: policy.threshold) {
      state.liveTarget = iteration
      state.writing.hasExited = true
    }
  }

  /// Iterations a token gets, at most.
  private static func iterations(of state: ExplorerState) -> Int {
    if case .fixed(let count) = state.writing.each { return count }
    return max(1, state.wishedIterations ?? state.model?.defaultIterations ?? 1)
  }
}
