/// What the explorer shows when nothing is asked for.
enum ExploreDefaults {
  /// A chain of sums modulo ten: its partial results settle from left to right, a wave.
  static let prompt = "3+4-2+9-5+1+8-6?"
}
