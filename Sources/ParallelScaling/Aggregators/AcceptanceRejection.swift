import Glibc
import Tensors

/// Sampling of copies by their reward, as in "Latent Thinking Optimization" (arXiv 2509.26314): a
/// candidate is accepted with the chance exp((R − R_max)/β), which draws from softmax(R/β) where candidates
/// come by chance.
public enum AcceptanceRejection {
  /// As published, for copies that are there already: those asked first are accepted more often than
  /// softmax(R/β) says.
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

  /// One of the copies, asked by chance until one is accepted: drawn from softmax(R/β), whatever their
  /// order.
  /// - Parameter uniform: the next number of 0..<1.
  /// - Returns: its place; nil of none.
  /// - Precondition: β is above 0, and all rewards are finite.
  public static func draw(
    of rewards: [Double], beta: Double, uniform: () -> Double
  ) -> Int? {
    precondition(beta > 0 && rewards.allSatisfy(\.isFinite), "finite rewards and β above 0")
    guard let largest = rewards.max() else { return nil }
    while true {
      let candidate = min(rewards.count - 1, Int(uniform() * Double(rewards.count)))
      if uniform() < exp((rewards[candidate] - largest) / beta) { return candidate }
    }
  }

  /// What `draw` draws from.
  public static func probabilities(of rewards: [Double], beta: Double) -> [Double] {
    ScoreReduction.softmax(rewards, temperature: beta)
  }
}

extension Aggregator {
  /// One copy, drawn by its score. Copies without one are out.
  static func acceptanceRejection(_ options: Options) -> Aggregator {
    Aggregator(
      name: "lto",
      explanation: "one copy drawn by exp(score / \(options.beta)), seeded (LTO)",
      needs: .score
    ) { rollouts in
      let scored = rollouts.filter { $0.score?.isFinite ?? false }
      let random = PlacedRandom(seed: options.seed)
      var drawn: UInt64 = 0
      let accepted = AcceptanceRejection.draw(
        of: scored.compactMap(\.score), beta: options.beta
      ) {
        defer { drawn += 1 }
        return Double(random.bits(drawn) >> 11) * 0x1p-53
      }
      return accepted.flatMap { scored[$0].answer }
    }
  }
}
