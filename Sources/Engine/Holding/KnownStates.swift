import Tensors

/// States of a run that went on elsewhere, such as those in a file: looked up there when they are needed,
/// and taken for what computing them again would make.
public struct KnownStates: Sendable {
  /// The iterations it has, s₀ among them.
  public let iterations: Set<Int>
  private let state: @Sendable (Int) -> Matrix?

  /// - Parameters:
  ///   - iterations: those that can be had.
  ///   - state: the raw state of all tokens after one of them.  // [tokens, width]
  public init(iterations: some Sequence<Int>, state: @escaping @Sendable (Int) -> Matrix?) {
    self.iterations = Set(iterations)
    self.state = state
  }

  /// The raw state after an iteration; nil where it is not there.  // [tokens, width]
  public func rows(_ iteration: Int) -> Matrix? {
    iterations.contains(iteration) ? state(iteration) : nil
  }
}
