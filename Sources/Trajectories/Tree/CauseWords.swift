import LatentModels

/// Causes in words.
extension Runs {
  /// What makes a node what it is, beside those it is to be told from: `seed 5`,
  /// `token 5 '9'→'8'`, `»2`, or the prompt.
  /// - Parameter isASCII: whether only ASCII can be shown.
  public func words(_ id: NodeID, isASCII: Bool = false) -> String {
    guard let node = tree[id] else { return "run \(id)" }
    switch (node.cause, node.variant?.change) {
    case (.token(let token), _): return (isASCII ? ">>" : "»") + text(of: token.id)
    case (.edit(let cause), _): return "edit \(edit(cause))"
    case (.copy(let cause), _): return "\(cause)"
    case (.prompt(let prompt), _) where prompt.model != nil:
      return "\(prompt.model ?? "") (file): \(promptText(prompt)), \(prompt.start.words)"
    case (.prompt(let prompt), .start): return prompt.start.words
    case (.prompt(let prompt), .token(let position, let old)):
      let change = "'\(text(of: old))'\(isASCII ? "->" : "→")'\(text(of: prompt.ids[position]))'"
      return "token \(position) \(change)"
    case (.prompt(let prompt), nil): return "prompt " + promptText(prompt)
    }
  }

  /// An edit as it is typed here: other runs by their numbers, where they are in the tree.
  public func edit(_ cause: EditCause) -> Edit {
    var edit = cause.edit
    edit.value = edit.value.map { source in
      var source = source
      source.run = cause.lineage(of: source).flatMap(tree.node)?.description ?? source.run
      return source
    }
    return edit
  }

  /// A node as one of two that are compared: its name, or what made it with where it left.
  public func label(_ id: NodeID, isASCII: Bool = false) -> String {
    guard let node = tree[id] else { return "run \(id)" }
    if let name = node.name { return name }
    if case .copy = node.cause { return words(id, isASCII: isASCII) }
    if let fork = node.fork { return "\(words(id, isASCII: isASCII)) at r \(fork.iteration)" }
    return words(id, isASCII: isASCII)
  }

  /// Two nodes so that they can be told apart: by what comes first on the way to each and not on the
  /// way to the other. Two runs of one prompt are told by where they start, prompts that one token
  /// tells apart by that token.
  public func labels(
    _ a: NodeID, _ b: NodeID, isASCII: Bool = false
  ) -> (a: String, b: String) {
    let models = (tree.otherModel(of: a), tree.otherModel(of: b))
    if models.0 != models.1 {
      func label(_ id: NodeID, _ model: String?) -> String {
        let name = tree[id]?.name.map { "\($0), " } ?? ""
        return name + (model.map { "\($0) (file)" } ?? "the model here")
      }
      return (label(a, models.0), label(b, models.1))
    }
    let ways = (tree.path(to: a).map(\.id), tree.path(to: b).map(\.id))
    let shared = zip(ways.0, ways.1).prefix { $0 == $1 }.count
    func label(_ id: NodeID, _ way: [NodeID], beside other: [NodeID]) -> String {
      if let name = tree[id]?.name { return name }
      let own = shared < way.count ? way[shared] : id
      guard shared == 0, let node = tree[own], node.name == nil, node.variant == nil,
        case .prompt(let prompt) = node.cause, let root = other.first.flatMap({ tree[$0] }),
        case .prompt(let twin) = root.cause, prompt.ids.count == twin.ids.count
      else { return self.label(own, isASCII: isASCII) }
      let changed = prompt.ids.indices.filter { prompt.ids[$0] != twin.ids[$0] }
      if changed.isEmpty || root.variant?.of == own { return prompt.start.words }
      guard changed.count == 1 else { return self.label(own, isASCII: isASCII) }
      return "token \(changed[0]) '\(text(of: prompt.ids[changed[0]]))'"
    }
    return (label(a, ways.0, beside: ways.1), label(b, ways.1, beside: ways.0))
  }

  /// The prompt as one line: as typed, or as its tokens.
  public func promptText(_ prompt: PromptCause) -> String {
    prompt.text ?? prompt.ids.map(text).joined()
  }
}
