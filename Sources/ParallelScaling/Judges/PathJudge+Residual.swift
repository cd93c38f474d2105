extension PathJudge {
  /// Iterations at the end whose residuals count.
  static let lastResiduals = 3

  /// Convergence (EqR, arXiv 2605.21488).
  static let residual = PathJudge(
    name: "residual",
    explanation: "how little it moves: the mean relative residual of the last \(lastResiduals) "
      + "iterations, negative"
  ) { copies in
    copies.map { copy in
      let end = copy.rollout.residuals.suffix(lastResiduals)
      return end.isEmpty ? nil : -end.reduce(0, +) / Double(end.count)
    }
  }
}
