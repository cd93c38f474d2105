/// What training needs of a judge of steps: its parameters' layout, gradients, and scores.
///
/// As for `GradientEngine`, results depend on the number of shards, never on the number of threads.
public protocol RewardEngine: AnyObject {
  var layout: ParameterLayout { get }

  /// The loss of a batch and its gradient.
  /// - Parameters:
  ///   - parameters: weights in the order of `layout`.  // [layout.count]
  ///   - gradients: overwritten.  // [layout.count]
  /// - Returns: the loss, not a number where a weight is none.
  func gradients(
    of parameters: [Float], batch: RewardBatch, loss: some StepLoss,
    into gradients: inout [Float]
  ) -> Double

  /// The score of every step.  // [questions, candidates, steps]
  func scores(of parameters: [Float], batch: RewardBatch) -> StepTable
}
