import Tensors

/// How far what a run said after each of its iterations is from what it says after the last of them. It
/// is of one edge: a run that goes on may change its mind, and everything before is then as far away again.
public struct Arrival: Sendable, Hashable {
  /// KL(last ‖ now), nats; nil where either prediction is not finite.
  public let divergence: [[Float?]]  // [iterations + 1][tokens]

  /// The iteration that the others are compared with.
  public let last: Int

  /// - Parameter last: nil for the last of these iterations; those after it are held against it too, as
  ///   long as nothing later is known of all.
  public init(divergence: [[Float?]], last: Int? = nil) {
    self.divergence = divergence
    self.last = last ?? divergence.count - 1
  }

  /// Whether s₀ was held against the last too, which is left out where reading it takes long.
  public var hasStart: Bool { divergence.first?.contains { $0 != nil } ?? false }

  /// That of one token after one iteration; nil where it is not known.
  public func divergence(token: Int, iteration: Int) -> Float? {
    guard divergence.indices.contains(iteration), divergence[iteration].indices.contains(token)
    else { return nil }
    return divergence[iteration][token]
  }

  /// KL(last ‖ now) of matching rows, nats; nil where either has no distribution.
  /// - Parameters:
  ///   - last: what is said in the end, as logits.  // [rows, vocabulary]
  ///   - now: what is said after an iteration, as logits.  // [rows, vocabulary]
  public static func divergence(of now: Matrix, from last: Matrix) -> [Float?] {
    (0..<min(now.rows, last.rows)).map {
      BranchDistances.divergence(last.row($0), now.row($0)).finite
    }
  }
}
