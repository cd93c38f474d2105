/// Runs of other models than the one at hand, which came from a file: they are looked at and compared with,
/// and nothing more of them is computed.

extension Lineage {
  /// Which other model made it, or something that an edit takes from, in words; nil where the model at hand
  /// made all of it.
  public var otherModel: String? {
    for link in links {
      switch link.cause {
      case .prompt(let cause): if let model = cause.model { return model }
      case .edit(let cause):
        if let model = cause.runs.lazy.compactMap(\.otherModel).first { return model }
      case .token, .copy: break
      }
    }
    return nil
  }

  /// The same, run by another model.
  func made(by model: String) -> Lineage {
    Lineage(
      links.map { Link(iteration: $0.iteration, cause: $0.cause.made(by: model)) }) ?? self
  }
}

extension Cause {
  fileprivate func made(by model: String) -> Cause {
    switch self {
    case .prompt(var cause):
      cause.model = cause.model ?? model
      return .prompt(cause)
    case .edit(let cause): return .edit(cause.made(by: model))
    case .token, .copy: return self
    }
  }
}

extension EditCause {
  fileprivate func made(by model: String) -> EditCause {
    EditCause(edit) { name in
      let run = Int(name).flatMap { runs.indices.contains($0) ? runs[$0] : nil }
      return run?.made(by: model) ?? Lineage(PromptCause(text: nil, ids: [], start: .usual))
    }
  }
}

extension RunTree {
  /// Which other model made a run, in words; nil for the one at hand, and for a run that is not there.
  public func otherModel(of id: NodeID) -> String? { lineage(of: id)?.otherModel }

  /// Whether runs of other models are among them.
  public var hasOtherModels: Bool {
    children(of: nil).contains { otherModel(of: $0) != nil }
  }

  /// The same runs, made by another model than the one at hand.
  public func made(by model: String) -> RunTree { map { $0.made(by: model) } }
}
