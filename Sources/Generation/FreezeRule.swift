import Glibc
import Tensors
import Trajectories

/// When a position of a wavefront is done.
public enum FreezeRule: Sendable, Equatable {
  /// One position after each pass, once so many passes are over.
  case fixed(after: Int)
  /// ‖s − s′‖ / ‖s‖ below a threshold, s′ being the state one pass earlier.
  case latentDifference(Float)
  /// ‖(s − s′) − (s′ − s″)‖ / ‖s‖ below a threshold, over the last three passes.
  case latentAcceleration(Float)
  /// The token that follows stayed the same for so many passes.
  case tokenStability(Int)

  /// Passes after which a position is done whatever the rule says, so that every text ends; nil for
  /// a rule that ends by itself. Ten times what a position takes that settles at all.
  public var ceiling: Int? {
    switch self {
    case .fixed: nil
    case .latentDifference, .latentAcceleration: 128
    case .tokenStability(let passes): passes + 128
    }
  }
}

/// A position that is still being thought about.
struct WavePosition {
  /// The token that stands there, a guess for all but the first.
  var id: Int
  let position: Int
  var state: [Float]  // [width]
  /// States after earlier passes, before noise was mixed in, the latest last; at most two. The first of
  /// all is the initial one.
  var earlier: [[Float]] = []
  /// e, and its part in the adapter, mixed with those of earlier guesses.
  var embedded: [Float]?  // [width]
  var injection: [Float]?  // [width]
  var iterations = 0
  /// Passes it has been in.
  var passes = 0
  /// Iterations that count besides where noise is measured out.
  var iterationsBefore = 0
  /// What it says should follow, and for how many passes it has.
  var next = -1
  var stablePasses = 0
  var logits: [Float] = []  // [vocabulary]

  /// Whether a rule that looks at one position is content with it.
  func isDone(_ rule: FreezeRule) -> Bool {
    switch rule {
    case .fixed: return false
    case .tokenStability(let passes): return stablePasses >= passes
    case .latentDifference(let threshold):
      guard let last = earlier.last else { return false }
      return Self.length(zip(state, last).map(-)) < threshold * Self.length(state)
    case .latentAcceleration(let threshold):
      guard earlier.count == 2 else { return false }
      let change = state.indices.map { state[$0] - 2 * earlier[1][$0] + earlier[0][$0] }
      return Self.length(change) < threshold * Self.length(state)
    }
  }

  private static func length(_ x: [Float]) -> Float {
    sqrtf(x.reduce(0) { $0 + $1 * $1 })
  }
}
