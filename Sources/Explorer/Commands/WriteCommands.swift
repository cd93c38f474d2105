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
    perform: { state, given in
      let count = given.number ?? 1
      guard (1...Playback.maximumIterations).contains(count) else {
        state.complain("append takes a count from 1 to \(Playback.maximumIterations)")
        return []
      }
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
    perform: { state, given in
      guard let text = given.argument else {
        state.say("each appended token: \(state.writing.each.words)")
        return []
      }
      if state.model?.thinksOnce == true {
        state.complain("thoughts are had once, behind the prompt; appended tokens have none")
        return []
      }
      do throws(UnknownExitPolicy) {
        state.writing.each = try TokenIterations(parsing: text)
      } catch {
        state.complain("each takes a count or a rule; it \(error)")
        return []
      }
      state.say("from the next one on, each appended token: \(state.writing.each.words)")
      return []
    }),
  Command(
    name: "sample", title: "sample",
    doc:
      "How appended tokens are chosen: `sample temperature=0.8 top-k=40 top-p=0.9 min-p=0.05 "
      + "repetition-penalty=1.1 seed=3`, or `sample greedy`.",
    keys: [], group: .write,
    perform: { state, given in
      guard let text = given.argument else {
        state.say("appended tokens: \(state.writing.sampling.words)")
        return []
      }
      do throws(UnknownSampling) {
        state.writing.sampling = try Sampling(parsing: text)
      } catch {
        state.complain(error.description)
        return []
      }
      state.say("from the next one on, appended tokens: \(state.writing.sampling.words)")
      return []
    }),
]

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
      self = .until(try ExitPolicy(parsing: text))
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
