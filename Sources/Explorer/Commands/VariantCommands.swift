import Trajectories

/// Runs that differ in one thing: a token, or where they start.
let variantCommands: [Command] = [
  Command(
    name: "token", title: "change",
    doc:
      "Another token in place of the selected one, as a branch: choose it from the vocabulary, by text "
      + "or id; or say position and token: `token 5 8`, `token 5 ' the'`, `token 5 #57`.",
    keys: [.character("s")], group: .runs, panes: [.heat], footerRank: 6, reason: needsVocabulary,
    parameters: [
      .line(
        "token", "a position, then a text or #id; a list to choose from where no token is said",
        takesCount: true)
    ],
    perform: { state, given in
      let position = given.argument.flatMap { Int($0) } ?? state.cursor.token
      guard let argument = given.argument, Int(argument) == nil,
        let search = state.vocabulary?.search
      else {
        guard position >= 0, position < state.tokenCount else {
          state.complain(
            "there is no token \(position); tokens are 0 to \(state.tokenCount - 1)")
          return []
        }
        TokenChooser.open(position, &state)
        return []
      }
      do throws(UnknownTokens) {
        let (position, tokens) = positionAndRest(argument, state)
        return Changing.change(position, to: try TokenList.one(tokens, in: search), &state)
      } catch {
        state.complain(error.description)
        return []
      }
    }),
  Command(
    name: "sweep", title: "sweep",
    doc:
      "One run a token at a position of the prompt, all as one batch, and what each comes to: "
      + "`sweep 5 0-9`, `sweep 5 +,-,' ',#57`.",
    keys: [], group: .runs, reason: needsVocabulary,
    parameters: [
      .line("tokens", "a position and tokens, such as 5 0-9", usual: "typed on a line of its own")
    ],
    perform: { state, given in
      guard let argument = given.argument, let search = state.vocabulary?.search else {
        CommandLine.open("sweep \(state.cursor.token) ", &state)
        state.say("sweep takes a position and tokens: sweep \(state.cursor.token) 0-9")
        return []
      }
      if let position = Int(argument) {
        state.complain("sweep takes a position and tokens, such as sweep \(position) 0-9")
        return []
      }
      do throws(UnknownTokens) {
        let (position, tokens) = positionAndRest(argument, state)
        let ids = try TokenList.parse(tokens, in: search)
        return Changing.sweep(position, ids, tokens, &state)
      } catch {
        state.complain(error.description)
        return []
      }
    }),
  Command(
    name: "starts", title: "starts",
    doc:
      "The prompt from zero and from so many seeds, all as one batch: where they come to, how far they "
      + "are apart: `starts 8`.",
    keys: [], group: .runs, reason: { Command.needsFreeStart($0) ?? needsRest($0) },
    parameters: [
      .whole("seeds", 1...TokenList.maximumCount, "how many seeds", usual: "8", takesCount: true)
    ],
    perform: { state, given in
      Changing.starts(given.number ?? 8, &state)
    }),
  Command(
    name: "variants", title: "variants",
    doc:
      "The table of runs that differ from the one looked at in one thing; `variants 5` in that token, "
      + "`variants start` in where they start; again, or esc, goes back.",
    keys: [.character("V")], group: .runs, panes: [.runs], footerRank: 9,
    reason: Command.needsRun,
    parameters: [
      .line(
        "what", "the position of a token, or start", usual: "what was looked at last",
        takesCount: true, check: checkVariants,
        complete: { text, _ in "start".hasPrefix(text) ? "start" : nil })
    ],
    perform: { state, given in
      if state.zoom == .variants, given.argument == nil {
        state.zoom = nil
        return []
      }
      return openTable(given, &state)
    }),
  Command(
    name: "variant-open", title: "open", doc: "In the table: show the selected run.",
    keys: [.enter], group: .runs, only: .variants, panes: [.variants],
    reason: { needsTable($0) ?? needsRest($0) },
    perform: { state, _ in
      guard let node = selectedVariant(state) else { return [] }
      state.zoom = nil
      if state.show(node) { state.say(state.runWords(node)) }
      return []
    }),
  Command(
    name: "variant-down", title: "choose", doc: "In the table: the next run.",
    keys: [.character("j"), .down], group: .runs, only: .variants, panes: [.variants],
    reason: needsTable,
    parameters: [.steps("runs")],
    perform: { state, given in chooseVariant(given.number ?? 1, &state) }),
  Command(
    name: "variant-up", title: "choose", doc: "In the table: the run before.",
    keys: [.character("k"), .up], group: .runs, only: .variants, reason: needsTable,
    parameters: [.steps("runs")],
    perform: { state, given in chooseVariant(-(given.number ?? 1), &state) }),
  Command(
    name: "variant-order", title: "sort",
    doc: "In the table: sort by token, answer, since when it stands, entropy, or what is judged.",
    keys: [.character("o")], group: .runs, only: .variants, panes: [.variants],
    reason: needsTable,
    perform: { state, _ in
      guard let order = state.table?.order.next else { return [] }
      let selected = selectedVariant(state)
      state.table?.selected = selected
      state.table?.order = order
      state.say("sorted by \(order.rawValue)")
      return []
    }),
]

private func openTable(_ given: Arguments, _ state: inout ExplorerState) -> [Effect] {
  guard let cause = state.promptCause else { return [] }
  var variants = state.ownVariants ?? state.table?.variants
  if let argument = given.argument {
    variants = Variants(of: cause, position: Int(argument))
  }
  guard let variants, variants.nodes(in: state.runs.tree).count > 1 else {
    let position = variants?.position ?? state.cursor.token
    state.complain(
      "there is nothing to lay side by side yet; :sweep \(position) 0-9 or :starts 8 makes some")
    return []
  }
  state.open(variants)
  return []
}

private let checkVariants: @Sendable (String, ExplorerState) -> ArgumentProblem? = {
  text, state in
  guard let number = Int(text) else {
    return "starts".hasPrefix(text)
      ? nil : ArgumentProblem("variants takes the position of a token, or `start`")
  }
  let count = state.promptCause?.ids.count ?? 0
  return (0..<count).contains(number)
    ? nil : ArgumentProblem("the prompt has tokens 0 to \(max(0, count - 1))")
}

private func selectedVariant(_ state: ExplorerState) -> NodeID? {
  guard let table = state.table else { return nil }
  let rows = table.rows(state)
  let row = table.selectedRow(rows, state)
  return rows.indices.contains(row) ? rows[row].node : nil
}

private func chooseVariant(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let table = state.table else { return [] }
  let rows = table.rows(state)
  guard !rows.isEmpty else { return [] }
  let wanted = table.selectedRow(rows, state) + max(-10_000, min(10_000, step))
  let row = min(max(0, wanted), rows.count - 1)
  if row != wanted { state.say(step < 0 ? "the first" : "the last") }
  state.table?.selected = rows[row].node
  return []
}

/// The position that an argument begins with, and the rest; the selected token where it begins with
/// none.
func positionAndRest(_ argument: String, _ state: ExplorerState) -> (Int, String) {
  let parts = argument.split(separator: " ", maxSplits: 1)
  guard parts.count == 2, let position = Int(parts[0]) else {
    return (state.cursor.token, argument)
  }
  return (position, String(parts[1].drop { $0 == " " }))
}

private let needsTable: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.zoom == .variants ? nil : "the table of variants is not shown; V shows it")
}

private let needsVocabulary: @Sendable (ExplorerState) -> String? = { state in
  needsRest(state) ?? (state.vocabulary == nil ? "this model says nothing of its tokens" : nil)
}
