import Trajectories

/// Conditions as arguments: over the metrics of the model at hand, tokens by their texts.
enum ConditionParameter {
  static func read(
    _ text: String, _ state: ExplorerState
  ) throws(ConditionError) -> Condition {
    let vocabulary = state.vocabulary
    return try ConditionParser.parse(
      text, state.model?.parts ?? [],
      token: { text in vocabulary.map { Array($0.search.ids(of: text).prefix(1)) } })
  }

  static let check: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
    do throws(ConditionError) {
      _ = try read(text, state)
      return nil
    } catch {
      return ArgumentProblem(column: error.column, error.problem)
    }
  }

  static let complete: @Sendable (String, ExplorerState) -> String? = { text, state in
    ConditionParser.completion(of: text, state.model?.parts ?? [])
  }
}
