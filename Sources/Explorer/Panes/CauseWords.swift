import Trajectories

/// What there is to say of a causal map: which two runs it is of, what both say in the end, and what it
/// comes to.
struct CauseWords {
  private let state: ExplorerState
  private let pair: CausePair
  private let map: CausalMap?

  init(_ state: ExplorerState, _ pair: CausePair, _ map: CausalMap?) {
    (self.state, self.pair, self.map) = (state, pair, map)
  }

  /// The lines above the cells, as many as there is room for: what it comes to stays to the last.
  func head(width: Int, room: Int) -> [(text: String, style: Style)] {
    guard room > 0 else { return [] }
    func clipped(_ text: String) -> String {
      Printable.clip(text, width, ellipsis: state.glyphs.ellipsis)
    }
    let found = Printable.wrapped(finding(naming: width >= 100 ? 6 : 3), width)
    let both =
      room >= 6
      ? [
        (clipped("clean     \(saying(pair.clean)), \(label(pair.clean))"), Style.good),
        (clipped("corrupted \(saying(pair.corrupted)), \(label(pair.corrupted))"), Style.warning),
      ]
      : [
        (
          clipped(
            "clean \(saying(pair.clean)) (run \(pair.clean)) \(state.glyphs.dot) corrupted "
              + "\(saying(pair.corrupted)) (\(label(pair.corrupted)))"), Style.text
        )
      ]
    if room == 1 { return [(clipped(found.joined(separator: " ")), .accent)] }
    let lines = room >= 4 ? 2 : 1
    let sentence = found.prefix(lines).enumerated().map { line, words in
      // What has no line of its own is cut at the end of the last.
      (line == lines - 1 ? clipped(found[line...].joined(separator: " ")) : words, Style.title)
    }
    let explained: [(String, Style)] =
      room >= 9
      ? Printable.wrapped(explanation, width).prefix(3).map { ($0, .dim) } + [("", .dim)] : []
    return both + (room >= 9 ? [("", .text)] : []) + sentence + explained
  }

  /// A run in words: its number, and what made it.
  private func label(_ node: NodeID) -> String {
    "run \(node): \(state.runs.words(node, isASCII: state.glyphs.isASCII))"
  }

  /// What a run says in the end: `'2' p .99`.
  private func saying(_ node: NodeID) -> String {
    guard let run = state.runs[node]?.trajectory, run.divergence == nil else { return "diverged" }
    guard pair.last < run.steps.count, let best = run.steps[pair.last].readings.last?.best else {
      return state.glyphs.ellipsis
    }
    return "'\(state.visible(best.text))' p \(Numbers.probability(best.probability))"
  }

  /// What the cells come to, in a sentence.
  private func finding(naming count: Int) -> String {
    guard let map else {
      let isDiverged = [pair.clean, pair.corrupted].contains {
        state.runs[$0]?.trajectory.divergence != nil
      }
      if isDiverged { return "one of them diverged: there is no answer to bring back" }
      return state.causing.isStopped
        ? "stopped; C goes on" : "both runs go on to r \(pair.last)\(state.glyphs.ellipsis)"
    }
    return CausalFinding(map, by: state.causing.measure)
      .words(of: map, label: state.tokenLabel, naming: count)
  }

  private var explanation: String {
    let what = state.causing.site.map { "what \($0) adds" } ?? "the state"
    let measured =
      map.map { map in
        state.causing.measure == .logitDifference
          ? "the logit of '\(text(map.answer))' less that of '\(text(map.other))'"
          : "the probability of '\(text(map.answer))'"
      } ?? "the \(state.causing.measure.rawValue)"
    let thinksOnce = state.model?.thinksOnce == true
    let (once, held) =
      thinksOnce
      ? (
        "alone (thoughts after it still look back at the corrupted ones before; o holds it)",
        "and all that follow, up to the answer (o puts it back once)"
      )
      : (
        "alone (soon forgotten, as e comes in again each time; o holds it)",
        "and all that follow (put back once, o, it is soon forgotten: e comes in again each time)"
      )
    return
      "cell: how much of \(measured) at r \(pair.last) comes back when \(what) of the clean run is put "
      + "into the corrupted one after that iteration "
      + (state.causing.kind == .hold ? held : once)
  }

  /// A token that may not have occurred yet.
  private func text(_ id: Int) -> String {
    state.visible(state.vocabulary?.token(id).text ?? state.runs.text(of: id))
  }

  /// The cell at the cursor in numbers: `7:3 98 %, logit difference 12.9, p .991`.
  var cell: String {
    let place = state.cursor
    guard let map, let effect = map[place.token, place.iteration] else {
      return "\(place) \(state.glyphs.ellipsis)"
    }
    let share = map.share(
      token: place.token, iteration: place.iteration, by: state.causing.measure)
    return "\(place) \(share.map { CausalFinding.percent($0) } ?? "no share"), logit diff. "
      + "\(Numbers.fixed(Double(effect.logitDifference), 1)), p \(Numbers.probability(effect.probability))"
  }
}
