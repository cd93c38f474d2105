import Trajectories

/// Tokens of the vocabulary whose rank and probability are told exactly, wherever they stand.
let watchCommands: [Command] = [
  Command(
    name: "watch", title: "watch",
    doc:
      "Tell rank and probability of tokens of the vocabulary exactly: `watch 7`, `watch '7',#55`; alone it "
      + "enlarges their curves.",
    keys: [.character("W")], group: .look, panes: [.watched], reason: needsVocabulary,
    parameters: [
      .line(
        "tokens", "tokens, such as 7 or '7',#55", usual: "their curves", check: checkTokens,
        complete: complete)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        if state.watching.ids.isEmpty {
          CommandLine.open("watch ", &state)
        } else {
          state.zoom = state.zoom == .watched ? nil : .watched
        }
        return []
      }
      withTokens(text, &state) { ids, state in
        guard Set(state.watching.ids + ids).count <= Watching.most else {
          state.complain(
            "at most \(Watching.most) tokens are watched at once; unwatch takes some out")
          return
        }
        let new = ids.filter { state.watching.add($0) }
        let words = ids.map { name($0, state) }.joined(separator: ", ")
        state.say(
          new.isEmpty
            ? "\(words) is watched already; unwatch takes it out"
            : "watching \(words); W enlarges the curves, unwatch takes tokens out")
      }
      return []
    }),
  Command(
    name: "unwatch", title: "unwatch",
    doc: "Watch a token no more, or none of them: `unwatch 7`, `unwatch`.", keys: [],
    group: .look,
    reason: { state in
      needsVocabulary(state)
        ?? (state.watching.ids.isEmpty ? "no token is watched; W watches one" : nil)
    },
    parameters: [
      .line(
        "tokens", "tokens", usual: "all that are watched", check: checkTokens, complete: complete)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        state.watching.remove(nil)
        if state.zoom == .watched { state.zoom = nil }
        state.say("no token is watched any more")
        return []
      }
      withTokens(text, &state) { ids, state in
        let there = ids.filter(state.watching.ids.contains)
        guard !there.isEmpty else {
          let watched = state.watching.ids.map { name($0, state) }.joined(separator: ", ")
          state.complain("that token is not watched; these are: \(watched)")
          return
        }
        for id in there { state.watching.remove(id) }
        if state.zoom == .watched, state.watching.ids.isEmpty { state.zoom = nil }
        state.say(
          "\(there.map { name($0, state) }.joined(separator: ", ")) is not watched any more")
      }
      return []
    }),
]

private let needsVocabulary: @Sendable (ExplorerState) -> String? = { state in
  state.vocabulary == nil ? "the model is still being opened; wait, or q to quit" : nil
}

private let complete: @Sendable (String, ExplorerState) -> String? = { text, state in
  state.vocabulary.flatMap { TokenList.completion(of: text, in: $0) }
}

/// A token for people: `'7' #55`.
private func name(_ id: Int, _ state: ExplorerState) -> String {
  "'\(state.visible(state.vocabulary?.text(id) ?? ""))' #\(id)"
}

private let checkTokens: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  guard let vocabulary = state.vocabulary else { return nil }
  do throws(UnknownTokens) {
    _ = try TokenList.parse(text, in: vocabulary.search)
    return nil
  } catch {
    return ArgumentProblem(column: text.count + 1, "\(error)")
  }
}

/// Does something with the tokens that were typed.
private func withTokens(
  _ text: String, _ state: inout ExplorerState, _ perform: ([Int], inout ExplorerState) -> Void
) {
  guard let vocabulary = state.vocabulary,
    let ids = try? TokenList.parse(text, in: vocabulary.search)
  else { return }
  perform(ids, &state)
}
