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
    case (.edit(let cause), _): return "edit \(cause.edit)"
    case (.prompt(let prompt), .start): return prompt.start.words
    case (.prompt(let prompt), .token(let position, let old)):
      let change = "'\(text(of: old))'\(isASCII ? "->" : "→")'\(text(of: prompt.ids[position]))'"
      return "token \(position) \(change)"
    case (.prompt(let prompt), nil): return "prompt " + promptText(prompt)
    }
  }

  /// A node as one of two that are compared: its name, or what made it with where it left.
  public func label(_ id: NodeID, isASCII: Bool = false) -> String {
    guard let node = tree[id] else { return "run \(id)" }
    if let name = node.name { return name }
    if let fork = node.fork { return "\(words(id, isASCII: isASCII)) at r \(fork.iteration)" }
    return words(id, isASCII: isASCII)
  }

  /// Two nodes so that they can be told apart: two runs of one prompt by where they start, prompts
  /// that one token tells apart by that token.
  public func labels(
    _ a: NodeID, _ b: NodeID, isASCII: Bool = false
  ) -> (a: String, b: String) {
    func label(_ id: NodeID, beside other: NodeID) -> String {
      if let node = tree[id], node.name == nil, node.variant == nil,
        case .prompt(let prompt) = node.cause, let root = tree.path(to: other).first,
        root.id != id, case .prompt(let twin) = root.cause, prompt.ids.count == twin.ids.count
      {
        let changed = prompt.ids.indices.filter { prompt.ids[$0] != twin.ids[$0] }
        if changed.isEmpty || root.variant?.of == id { return prompt.start.words }
        if changed.count == 1 { return "token \(changed[0]) '\(text(of: prompt.ids[changed[0]]))'" }
      }
      return self.label(id, isASCII: isASCII)
    }
    return (label(a, beside: b), label(b, beside: a))
  }

  /// The prompt as one line: as typed, or as its tokens.
  public func promptText(_ prompt: PromptCause) -> String {
    prompt.text ?? prompt.ids.map(text).joined()
  }
}
