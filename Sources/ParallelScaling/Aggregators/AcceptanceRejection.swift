import Glibc

/// Sampling of copies by their reward, as in "Latent Thinking Optimization" (arXiv 2509.26314): a
/// candidate is accepted with the chance exp((R − R_max)/β), which draws from softmax(R/β).
public enum AcceptanceRejection {
  /// - Parameters:
  ///   - wanted: how many to accept, without repetition.
  ///   - uniform: the next number of 0..<1.
  /// - Returns: places of those accepted, in that order. Candidates are asked in order, round after
  ///   round; R_max is that of those still there when a round begins.
  /// - Precondition: β is above 0, and all rewards are finite.
  public static func choose(
    _ wanted: Int, of rewards: [Double], beta: Double, uniform: () -> Double
  ) -> [Int] {
    precondition(beta > 0 && rewards.allSatisfy(\.isFinite), "finite rewards and β above 0")
    var pool = Array(rewards.indices)
    var accepted: [Int] = []
    while accepted.count < wanted, let largest = pool.map({ rewards[$0] }).max() {
      for candidate in pool where accepted.count < wanted {
        if uniform() < exp((rewards[candidate] - largest) / beta) {
          accepted.append(candidate)
          pool.removeAll { $0 == candidate }
        }
      }
    }
    return accepted
  }

  /// What the first that is accepted is drawn from.
  public static func probabilities(of rewards: [Double], beta: Double) -> [Double] {
    ScoreReduction.softmax(rewards, temperature: beta)
  }
}
