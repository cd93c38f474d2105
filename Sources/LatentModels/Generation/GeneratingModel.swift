import Tensors

/// A model that can go on from tokens it has seen, keeping their keys and values.
///
/// The calls are those of `LatentModel` with a cache: `begin` takes the tokens that follow those the
/// cache has seen, and every later call works on these new tokens alone. Passing nil runs without a
/// cache.
///
/// When a call throws, the cache may hold half of an iteration: clear the new positions, or drop it.
public protocol GeneratingModel: LatentModel {
  /// How layers are numbered in a cache.
  var cacheLayout: CacheLayout { get }

  /// Adds tokens after those the cache has seen and runs everything that does not depend on the
  /// iteration.
  /// - Throws: `ModelError` as `begin` does; the positions in the cache count.
  func begin(_ ids: [Int], cache: KeyValueCache?, control: StepControl) throws -> PromptContext

  /// One iteration, counted from 0, of the newest tokens.  // [tokens, width]
  func step(
    _ state: Matrix, in context: PromptContext, iteration: Int, cache: KeyValueCache?,
    control: StepControl
  ) throws -> Matrix

  /// What the output head reads, for the newest tokens.  // [tokens, width]
  func decode(
    _ state: Matrix, in context: PromptContext, cache: KeyValueCache?, control: StepControl
  ) throws -> Matrix
}

extension GeneratingModel {
  public func begin(_ ids: [Int], control: StepControl) throws -> PromptContext {
    try begin(ids, cache: nil, control: control)
  }

  public func step(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> Matrix {
    try step(state, in: context, iteration: 0, cache: nil, control: control)
  }

  public func decode(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> Matrix {
    try decode(state, in: context, cache: nil, control: control)
  }
}
