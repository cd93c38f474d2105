import Trajectories

/// What panes show, as tables.
extension TextTable {
  /// Iterations that a row has at most: the last ones.
  private static let mostIterations = 32

  /// The heat map: what every token would say next, iteration by iteration, and its metric at the cursor's.
  @Sendable static func tokens(_ state: ExplorerState) -> TextTable {
    guard let branch = state.branch else { return TextTable(headings: ["no run"]) }
    let last = branch.passages.map(\.iterations).max() ?? 0
    let first = max(0, last - mostIterations + 1)
    let place = state.cursor.iteration
    var table = TextTable(
      headings: ["token"] + (first...last).map { "r\($0)" } + ["\(state.metric.name) at r\(place)"])
    for token in 0..<branch.tokenCount {
      let passage = branch.passages[branch.passage(of: token)]
      let (trajectory, row) = (passage.trajectory, token - passage.firstToken)
      let said = (first...last).map { iteration in
        guard iteration <= trajectory.lastIteration else { return "." }
        let reading = trajectory.steps[iteration].readings[row]
        return reading.best.map { state.visible($0.text) } ?? (reading.isUnread ? "?" : "!")
      }
      let value =
        place <= trajectory.lastIteration
        ? state.metric.value(trajectory, iteration: place, token: row) : nil
      table.rows.append(
        [state.tokenLabel(token)] + said + [value.map { Numbers.short($0) } ?? "-"])
    }
    table.notes = ["\(state.metric.title): \(state.metric.explanation) Unit: \(state.metric.unit)."]
    return table
  }

  /// The candidates at the cursor, and what they were one iteration earlier.
  @Sendable static func predictions(_ state: ExplorerState) -> TextTable {
    var table = TextTable(headings: ["rank", "token", "probability", "before"])
    guard let reading = state.reading, let trajectory = state.trajectory else { return table }
    let before =
      state.cursor.iteration > 0
      ? trajectory.steps[state.cursor.iteration - 1].readings[state.row] : nil
    for (rank, candidate) in reading.top.enumerated().prefix(10) {
      let was = before?.top.first { $0.id == candidate.id }?.probability
      table.rows.append([
        "\(rank + 1)", "'\(state.visible(candidate.text))'",
        Numbers.probability(candidate.probability), was.map(Numbers.probability) ?? "-",
      ])
    }
    let place = "after token \(state.tokenLabel(state.cursor.token)) at r \(state.iterationWords)"
    table.notes = [
      reading.isDiverged ? "diverged: there is no token to be read \(place)" : place
    ]
    return table
  }

  /// Metrics of the selected token against the iteration.
  static func metrics(_ metrics: [Metric], _ state: ExplorerState) -> TextTable {
    var table = TextTable(headings: ["iteration"] + metrics.map(\.name))
    guard let trajectory = state.trajectory, state.row < trajectory.tokens.count else {
      return table
    }
    for iteration in trajectory.steps.indices {
      table.rows.append(
        ["\(iteration)"]
          + metrics.map { metric in
            metric.drawn(trajectory, iteration: iteration, token: state.row)
              .map { Numbers.short($0) } ?? "-"
          })
    }
    table.notes =
      ["of token \(state.tokenLabel(state.cursor.token))"]
      + metrics.map { "\($0.name): \($0.explanation) Unit: \($0.unit)." }
    return table
  }

  /// Where the selected token's states lie on the components there are.
  @Sendable static func path(_ state: ExplorerState) -> TextTable {
    guard let projection = state.projection else {
      return TextTable(headings: ["no plane yet"], notes: ["the plane comes after 3 iterations"])
    }
    let count = min(3, projection.components)
    var table = TextTable(headings: ["iteration"] + (0..<count).map { "PC\($0 + 1)" })
    for (iteration, tokens) in projection.coordinates.enumerated()
    where tokens.indices.contains(state.cursor.token) {
      table.rows.append(
        ["\(iteration)"] + tokens[state.cursor.token].prefix(count).map { Numbers.short($0) })
    }
    table.notes = ["of token \(state.tokenLabel(state.cursor.token))"]
    return table
  }

  /// Where each exit rule would have stopped.
  @Sendable static func exits(_ state: ExplorerState) -> TextTable {
    var table = TextTable(
      headings: [
        "rule", "threshold", "scope", "stops", "answer", "as at the end", "against the answer",
      ])
    for outcome in state.exitOutcomes {
      let policy = outcome.policy
      let sign = policy.rule.exits == .below ? "<" : ">="
      let late = outcome.late.map {
        $0 == 0 ? "on time" : $0 > 0 ? "\($0) late" : "\(-$0) early"
      }
      let never = outcome.now.map { "never, now \(Numbers.short($0))" } ?? "never, undefined"
      table.rows.append([
        policy.rule.name, "\(sign) \(Numbers.short(policy.threshold))", policy.scope.rawValue,
        outcome.stop.map { "r \($0)" } ?? never,
        outcome.answer.map { "'\(state.visible($0.text))'" } ?? "-",
        outcome.isSame.map { $0 ? "same" : "another" } ?? "-", late ?? "-",
      ])
    }
    return table
  }

  /// Rank and probability of watched tokens after the selected one.
  @Sendable static func watched(_ state: ExplorerState) -> TextTable {
    let tracks = state.watchedTracks
    guard !tracks.isEmpty else {
      return TextTable(headings: ["no token is watched"], notes: ["watch 7 watches one"])
    }
    var table = TextTable(
      headings: ["iteration"] + tracks.flatMap { ["'\($0.name)' rank", "probability"] })
    for iteration in 0...state.edge {
      table.rows.append(
        ["\(iteration)"]
          + tracks.flatMap { track -> [String] in
            guard track.standings.indices.contains(iteration),
              let standing = track.standings[iteration]
            else { return ["-", "-"] }
            return ["\(standing.rank)", Numbers.probability(standing.probability)]
          })
    }
    return table
  }

  /// Where the answer of the selected token changed.
  @Sendable static func flips(_ state: ExplorerState) -> TextTable {
    var table = TextTable(headings: ["iteration", "said before", "says from here"])
    guard let trajectory = state.trajectory else { return table }
    func said(_ iteration: Int) -> String {
      trajectory.steps[iteration].readings[state.row].best.map { "'\(state.visible($0.text))'" }
        ?? "nothing"
    }
    table.rows = state.flips.map { ["\($0)", said($0 - 1), said($0)] }
    table.notes = [
      "token \(state.tokenLabel(state.cursor.token)); r \(state.iterationWords) of \(state.edge), "
        + "to go on to \(state.target)"
    ]
    return table
  }
}
