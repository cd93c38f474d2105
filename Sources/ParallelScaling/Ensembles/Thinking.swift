import Generation
import LatentModels
import Tensors

/// Partial runs side by side, all at one iteration: what an `EnsembleRunner` begins, takes further and
/// finishes. A value: keeping an earlier one is going back, and taking a lane more than once makes forks
/// of it, which share their memory until they differ.
public struct Thinking: Sendable {
  /// What each lane has come to so far.
  public internal(set) var copies: [EnsembleRunner.Copy]
  /// Whose noise and masks the next iteration of each lane has, and the tokens it writes: a copy's own
  /// number until others are set. Forks with different numbers go different ways.
  public var numbers: [Int] {
    didSet { precondition(numbers.count == copies.count, "one number a lane") }
  }
  /// Whose noise is on what the next iteration reads, where that was drawn before; nil for `numbers`.
  var inputNumbers: [Int]?
  var starts: CopyStarts
  var state: LatentState
  var context: PromptContext
  /// What watches each lane for the exit rule of the plan; none where there is no rule.
  var exits: [ExitEvaluator] = []
  /// Whether states or thoughts of every iteration are kept.
  let keepsPath: Bool

  /// Places of the copies.
  public var lanes: Range<Int> { copies.indices }

  /// Iterations that all of them have had.
  public var iteration: Int { state.iteration }

  /// Lets go of keys and values: it goes no further.
  mutating func letGoOfMemory() {
    _ = state.handedOver()
    context = context.withoutMemory()
  }

  /// Some of the lanes, in this order; one may be taken more than once.
  /// - Precondition: at least one, and all exist.
  public func selecting(_ lanes: [Int]) -> Thinking {
    var some = self
    some.copies = lanes.map { copies[$0] }
    some.numbers = lanes.map { numbers[$0] }
    some.inputNumbers = inputNumbers.map { numbers in lanes.map { numbers[$0] } }
    some.exits = exits.isEmpty ? [] : lanes.map { exits[$0] }
    some.starts = starts.selecting(lanes)
    some.state = state.selecting(lanes)
    some.context = context.selecting(lanes)
    return some
  }
}
