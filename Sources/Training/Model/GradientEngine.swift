import LatentModels

/// What the trainer needs of a model: its parameters' layout, gradients, and predictions.
///
/// An engine splits the rows of a batch into a fixed number of shards, each on one thread, and adds
/// their gradients in order: the result depends on the number of shards, never on the number of
/// threads.
public protocol GradientEngine: AnyObject {
  var layout: ParameterLayout { get }

  /// Loss of a batch and its gradient.
  /// - Parameters:
  ///   - parameters: weights in the order of `layout`.  // [layout.count]
  ///   - start: of every row; places count on from row to row.
  ///   - gradients: overwritten.  // [layout.count]
  func gradients(
    of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start: Start,
    into gradients: inout [Float]
  ) -> LossReport

  /// The likeliest next token at every place after each of the given numbers of iterations.
  /// - Parameter readouts: numbers of iterations, ascending.
  /// - Returns: for each readout, ids.  // [rows, length]
  func predictions(
    of parameters: [Float], tokens: [Int32], rows: Int, length: Int, readouts: [Int], start: Start
  ) -> [[Int32]]

  /// What happens inside on one row: states and predictions of the last place, iteration by
  /// iteration; nil for an engine without states.
  func observation(
    of parameters: [Float], tokens: [Int32], iterations: Int, start: Start
  ) -> PromptObservation?
}

extension GradientEngine {
  public func observation(
    of parameters: [Float], tokens: [Int32], iterations: Int, start: Start
  ) -> PromptObservation? { nil }
}
