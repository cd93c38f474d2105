import Trajectories

/// Writing on after the prompt, token by token.
let writeCommands: [Command] = [
  Command(
    name: "append", title: "append",
    doc:
      "Append the token that is said at the cursor's iteration and think about it; a count appends "
      + "that many: 5. At an earlier place it makes a branch.",
    keys: [.character(".")], group: .write, panes: [.heat, .predictions], footerRank: 4,
    reason: Command.needsSettledRun,
    parameters: [
      .whole(
        "count", 1...Playback.maximumIterations, "how many tokens", usual: "1", takesCount: true)
    ],
    perform: { state, given in
      let count = given.number ?? 1
      if state.isLive, state.isPlaying || state.writing.isAppending {
        if state.writing.pending == 0 { state.writing.acts = nil }
        state.writing.pending += count
        state.say("\(state.writing.pending) to append, each after its iterations")
        return []
      }
      if let reason = needsRest(state) {
        state.complain(reason)
        return []
      }
      guard state.cursor.iteration > 0 || state.model?.thinksOnce == true else {
        state.complain("nothing was thought yet at s0; l steps forward, then . appends")
        return []
      }
      (state.writing.pending, state.writing.acts) = (count, nil)
      return Writing.append(
        &state, after: state.passageIndex, at: min(state.cursor.iteration, state.edge))
    }),
  Command(
    name: "each", title: "each token",
    doc:
      "How long appended tokens are thought about: `each 12` iterations, or until a rule fires, "
      + "`each kl`, `each kl=0.01`; `each prompt` as long as the prompt.",
    keys: [], group: .write,
    parameters: [
      .line(
        "iterations", "a count, a rule such as kl=0.01, or prompt", usual: "what is set is told",
        check: checkEach, complete: completeEach)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        state.say("each appended token: \(state.writing.each.words)")
        return []
      }
      if state.model?.thinksOnce == true {
        state.complain("thoughts are had once, behind the prompt; appended tokens have none")
        return []
      }
      guard let each = try? TokenIterations(parsing: text) else { return [] }
      state.writing.each = each
      state.say("from the next one on, each appended token: \(state.writing.each.words)")
      return []
    }),
  Command(
    name: "sample", title: "sample",
    doc:
      "How appended tokens are chosen: `sample temperature=0.8 top-k=40 top-p=0.9 min-p=0.05 "
      + "repetition-penalty=1.1 seed=3`, or `sample greedy`.",
    keys: [], group: .write,
    parameters: [
      .line(
        "sampling",
        "greedy, or any of temperature=, top-k=, top-p=, min-p=, repetition-penalty=, seed=",
        usual: "what is set is told", check: checkSampling, complete: completeSampling)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        state.say("appended tokens: \(state.writing.sampling.words)")
        return []
      }
      guard let sampling = try? Sampling(parsing: text) else { return [] }
      state.writing.sampling = sampling
      state.say("from the next one on, appended tokens: \(state.writing.sampling.words)")
      return []
    }),
]

private let checkEach: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  do throws(UnknownExitPolicy) {
    _ = try TokenIterations(parsing: text)
    return nil
  } catch {
    return ArgumentProblem("each takes a count or a rule; it \(error)")
  }
}

private let completeEach: @Sendable (String, ExplorerState) -> String? = { text, state in
  Parameter.completion(of: text, among: ["prompt"] + state.exits.rules.map(\.name))
}

private let checkSampling: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, _ in
  do throws(UnknownSampling) {
    _ = try Sampling(parsing: text)
    return nil
  } catch {
    return ArgumentProblem(error.description)
  }
}

private let completeSampling: @Sendable (String, ExplorerState) -> String? = { text, _ in
  let names = [
    "greedy", "temperature=", "top-k=", "top-p=", "min-p=", "repetition-penalty=", "seed=",
  ]
  let start = text.lastIndex(of: " ").map { text.index(after: $0) } ?? text.startIndex
  return Parameter.completion(of: String(text[start...]), among: names).map { text[..<start] + $0 }
}

/// An iteration on its way belongs to its run, whatever is looked at; a token on its way must come first.
let needsRest: @Sendable (ExplorerState) -> String? = { state in
  Command.needsSettledRun(state)
    ?? (state.writing.isAppending ? "a token is being appended; try again in a moment" : nil)
}

extension TokenIterations {
  init(parsing text: String) throws(UnknownExitPolicy) {
    if text == "prompt" {
      self = .asPrompt
    } else if let count = Int(text), (1...Playback.maximumIterations).contains(count) {
      self = .fixed(count)
    } else {
      let policy = try ExitPolicy(parsing: text)
      guard policy.threshold > 0 else {
        throw UnknownExitPolicy(description: "takes a number above 0 after =, such as kl=0.01")
      }
      self = .until(policy)
    }
  }

  var words: String {
    switch self {
    case .asPrompt: "as many iterations as the prompt at first"
    case .fixed(let count): "\(count) iterations"
    case .until(let policy):
      "until \(policy.rule.name) passes \(Numbers.short(Double(policy.threshold)))"
    }
  }
}
