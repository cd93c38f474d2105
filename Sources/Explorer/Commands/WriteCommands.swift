import Trajectories

/// Writing on after the prompt, token by token.
let writeCommands: [Command] = [
  Command(
    name: "append", title: "append",
    doc:
      "Append the token that is said at the cursor's iteration and think about it; a count appends "
      + "that many: 5. What followed is set aside.",
    keys: [.character(".")], group: .write, panes: [.heat, .predictions], footerRank: 4,
    reason: Command.needsSettledRun,
    perform: { state, given in
      let count = given.number ?? 1
      guard (1...Playback.maximumIterations).contains(count) else {
        state.complain("append takes a count from 1 to \(Playback.maximumIterations)")
        return []
      }
      if state.isLive, state.isPlaying || state.writing.isBusy {
        state.writing.pending += count
        state.say("\(state.writing.pending) to append, each after its iterations")
        return []
      }
      guard !state.isBusy else {
        state.complain("an iteration is on its way; try again in a moment")
        return []
      }
      guard state.cursor.iteration > 0 else {
        state.complain("nothing was thought yet at s0; l steps forward, then . appends")
        return []
      }
      state.writing.pending = count
      return Writing.append(
        &state, after: state.passageIndex, at: min(state.cursor.iteration, state.edge))
    }),
  Command(
    name: "rewind", title: "rewind",
    doc: "Set aside the tokens after the selected one, which can think on then.",
    keys: [.character("w")], group: .write, reason: needsRest,
    perform: { state, _ in
      guard !state.isLive else {
        state.complain("nothing follows this token; h goes back in its iterations")
        return []
      }
      let passage = state.passageIndex
      Playback.pause(&state)
      state.writing.pending = 0
      state.writing.change = .rewind(passage: passage)
      return [.submit(.rewind(state.run, to: passage))]
    }),
  Command(
    name: "bring-back", title: "bring back",
    doc: "Bring back the tokens set aside last, in place of those there now; again swaps back.",
    keys: [.character("u")], group: .write, reason: needsRest,
    perform: { state, _ in
      guard state.writing.tail != nil else {
        state.complain("no tokens were set aside; . at an earlier token or iteration does that")
        return []
      }
      Playback.pause(&state)
      state.writing.pending = 0
      state.writing.change = .exchange
      return [.submit(.exchange(state.run))]
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

private let needsRest: @Sendable (ExplorerState) -> String? = { state in
  Command.needsSettledRun(state)
    ?? (state.isBusy ? "an iteration is on its way; try again in a moment" : nil)
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
