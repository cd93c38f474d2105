/// What the Jacobian of the iteration that follows a state says, which costs many products with it: how
/// small changes there are stretched, once and from iteration to iteration.
public struct LocalStretch: Sendable, Hashable {
  /// The iteration of the state.
  public let iteration: Int
  /// The largest modulus of each token's own eigenvalues: below 1 small changes of it fade in the long run.
  public var radii: [Double?]  // [tokens]
  /// The largest singular value, of all tokens together: how much one iteration stretches at most. Above 1
  /// changes may grow at first even where all radii are below.
  public var singularValue: Double?
  /// The leading finite-time exponent over a window, nats an iteration, of several directions that begin at
  /// random: they agree where the window is long enough.
  public var exponents: [Double] = []
  /// The iterations of the window that were gone through.
  public var window: ClosedRange<Int>?
  /// The standard deviation of one iteration's growth about the mean, nats.
  public var growthDeviation: Double?

  public init(iteration: Int, radii: [Double?] = [], singularValue: Double? = nil) {
    self.iteration = iteration
    self.radii = radii
    self.singularValue = singularValue
  }

  /// The mean of the directions' exponents; nil before any.
  public var exponent: Double? { PathMeasures.mean(exponents.filter(\.isFinite)) }
}
