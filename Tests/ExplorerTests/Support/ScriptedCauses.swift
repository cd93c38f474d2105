import Trajectories

@testable import Explorer

/// A made-up causal map: tokens 7 and 11 carry the answer, 9 half of it, and what is put back once is soon
/// forgotten.
extension ScriptedRun {
  static func causalMap(_ question: CausalMap.Question) -> CausalMap {
    CausalMap(
      question, iterations: question.iterations, answer: 52, other: 49,
      cleanEffect: CausalMap.Effect(probability: 0.98, logitDifference: 12),
      corruptedEffect: CausalMap.Effect(probability: 0.01, logitDifference: -8))
  }

  static func effect(of cell: CausalMap.Cell, _ map: CausalMap) -> CausalMap.Effect {
    let strength: Float =
      switch cell.token {
      case 7: 0.98
      case 11: 1.12
      case 9: 0.5
      case 4: -0.2
      default: 0.02 * Float(noise(cell.token, 7))
      }
    let late = Float(max(0, cell.iteration - (cell.token == 11 ? 13 : 9)))
    let early = Float(map.last - cell.iteration)
    let share =
      map.kind == .hold ? strength / (1 + 0.5 * late * late) : strength / (1 + early * early)
    let inside: Float = map.site == nil ? 1 : 0.6
    return CausalMap.Effect(
      probability: 0.01 + 0.97 * share * inside, logitDifference: -8 + 20 * share * inside)
  }
}
