/// How fast training goes, over the last seconds: its first steps are slow, and iterations grow.
struct TrainingPace {
  /// Seconds looked back on.
  static let span = 20.0

  private var steps: [(seconds: Double, tokens: Int)] = []
  private var seconds = 0.0
  private var tokens = 0

  /// Takes the time of one step.
  mutating func add(seconds: Double, tokens: Int) {
    steps.append((seconds, tokens))
    self.seconds += seconds
    self.tokens += tokens
    while let first = steps.first, steps.count > 1, self.seconds - first.seconds >= Self.span {
      self.seconds -= first.seconds
      self.tokens -= first.tokens
      steps.removeFirst()
    }
  }

  /// 0 before the first step.
  var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }
  /// 0 before the first step.
  var secondsPerStep: Double { steps.isEmpty ? 0 : seconds / Double(steps.count) }
}
