import LatentModels
import ParallelScaling

extension SampledPlan {
  /// A problem as copies are asked it.
  /// - Parameter number: its place in the set.
  /// - Returns: who reads what they write, and what they are.
  /// - Throws: `UnaskableProblem`, `ModelError`.
  public func asked(
    _ number: Int, _ problem: EvaluationProblem, _ model: EvaluationModel
  ) throws -> (reader: CopyReader, copies: EnsemblePlan) {
    let reader = try CopyReader(problem, model, self)
    let facts = model.model.facts
    try facts.check(reader.ids)
    var copies = EnsemblePlan(
      ids: reader.ids, perturbations: perturbations, start: start(of: number),
      drawsStarts: drawsStarts, positions: positions, seed: seed(of: number),
      iterations: iterations ?? facts.usualMost(behind: reader.ids.count),
      tokens: reader.tokens, stops: model.stops)
    if iterations == nil { copies.thoughtStop = facts.thoughts?.tokens.stop }
    copies.exit = exit
    copies.limitTokens(facts)
    return (reader, copies)
  }
}
