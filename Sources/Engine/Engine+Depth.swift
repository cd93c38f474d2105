import LatentModels
import Trajectories

/// Looking through the blocks of models that think behind their prompt.
extension Engine {
  /// What the head would say behind every block: of tokens of a node as they were read, or of a thought.
  /// - Parameters:
  ///   - iteration: which thought, from 1; 0 for the text.
  ///   - rows: the tokens, by row of the node; of a thought the last is read, whatever they are.
  ///   - candidates: how many of the likeliest tokens each reading lists.
  /// - Throws: as `state`.
  /// - Precondition: the node has the rows, and thoughts that many iterations.
  public func depth(
    _ lineage: Lineage, _ iteration: Int, rows: Range<Int>, candidates: Int = 3,
    control: StepControl = .uninterrupted
  ) throws -> DepthTable {
    let pass =
      iteration == 0
      ? try insidePrelude(lineage, attention: .none, control: control)
      : try inside(lineage, iteration, attention: .none, control: control)
    let last = pass.output.rows
    return try DepthTable(
      pass, rows: iteration == 0 ? rows : last - 1..<last, model: model, candidates: candidates,
      vocabulary: workbench.vocabulary, control: control)
  }
}
