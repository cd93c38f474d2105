import LatentModels

/// Edits of runs in a tree, as people write them: other runs are called by their numbers, or by a name
/// that is one word.
extension RunTree {
  /// What there is to write about: what an edit of a node may name.
  /// - Parameters:
  ///   - layers: of the model; nil to take any block.
  ///   - passes: of an iteration of the model; nil where it has none.
  public func editLimits(
    of id: NodeID, layers: ModelFacts.Layers? = nil, passes: ModelFacts.Passes? = nil
  ) -> EditLimits {
    guard let lineage = lineage(of: id), let own = lineage.passages.last else {
      return EditLimits(layers: layers, passes: passes, runs: [])
    }
    let count = lineage.ids.count
    return EditLimits(
      tokens: own.firstToken..<count, text: 0..<count, layers: layers, passes: passes,
      runs: nodes.flatMap { node in ["\(node.id)"] + (node.word.map { [$0] } ?? []) })
  }

  /// Reads an edit of a node.
  /// - Throws: `EditError` with the column.
  public func edit(
    _ text: String, of id: NodeID, layers: ModelFacts.Layers? = nil,
    passes: ModelFacts.Passes? = nil
  ) throws(EditError) -> EditCause {
    let limits = editLimits(of: id, layers: layers, passes: passes)
    let edit = try Edit(parsing: text, within: limits)
    var runs: [String: Lineage] = [:]
    for name in edit.runs {
      // Every name was known to the reader.
      let node = nodes.first { "\($0.id)" == name } ?? nodes.first { $0.word == name }
      guard let lineage = node.flatMap({ lineage(of: $0.id) }) else {
        throw EditError(text: text, column: 1, problem: "there is no run \(name)")
      }
      runs[name] = lineage
    }
    let empty = Lineage(PromptCause(text: nil, ids: [], start: .usual))
    return EditCause(edit) { runs[$0] ?? empty }
  }
}

extension Node {
  /// Its name where an edit can say it.
  fileprivate var word: String? {
    name.flatMap { name in
      !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? name : nil
    }
  }
}
