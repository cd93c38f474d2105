/// What the explorer shows when nothing is asked for.
enum ExploreDefaults {
  /// A chain of sums modulo ten: its partial results settle from left to right, a wave.
  static let prompt = "3+4-2+9-5+1+8-6?"

  /// The embedded model's answers settle within 12 iterations, its states within 24: enough to see
  /// both.
  static let iterations = 24
}

extension ModelOptions {
  /// How far the embedded model runs unless told otherwise; nil for any other.
  var embeddedIterations: Int? { model == nil ? ExploreDefaults.iterations : nil }
}
