import Checkpoints
import Trajectories

/// What one problem came to. Whole numbers only, so that sums do not depend on their order.
public struct ProblemRecord: KeptRecord {
  /// Where it stands in the whole set.
  public var number: Int
  /// Why it could not be asked; nil when it was. Then the lists below are empty.
  public var leftOut: String?
  public var promptTokens = 0
  /// Tokens of the answer; where a text is written, of what was written, for every r.
  public var tokens: [Int] = []  // [r]
  /// 1 where the answer was right.
  public var right: [Int] = []  // [starts][r], flattened
  /// 1 where the logits of the first start were finite: where there was an answer at all.
  public var finite: [Int] = []  // [r]
  /// Entropy of the prediction of the answer's first token, in ticks.
  public var entropy: [Int] = []  // [r]
  public var flops: [Int] = []  // [r]
  /// 1 where all starts gave one answer.
  public var agree: [Int] = []  // [r]
  public var exits: [Exit] = []  // [exits]
  /// Where the run from the first start stopped being numbers, if it did; not kept in files.
  public var divergence: Divergence?

  /// Where a rule left, and what it left with.
  public struct Exit: Sendable, Equatable {
    /// Of all tokens.
    public var iterations = 0
    public var right = 0
    public var flops = 0
    public var tokens = 0
    /// 1 where the logits were finite.
    public var finite = 1

    fileprivate var numbers: [Int] { [iterations, right, flops, tokens, finite] }
  }

  /// Ticks in a nat.
  static let ticks = 0x1p32

  static func ticks(_ nats: Double) -> Int {
    nats.isFinite ? Int((nats * ticks).rounded()) : 0
  }

  /// The largest numbers that can be: tokens, and ticks of the entropy of as many words.
  static let mostTokens = 1 << 31
  static let mostTicks = Int(64 * ticks)
  /// The most characters kept of a reason.
  public static let longestReason = 500

  /// The line of a file that a run may go on from.
  /// - Parameter file: the mark of the run.
  public func line(file: String) -> String { CheckedLine.seal(members, file: file) }

  private var members: [JSONMember] {
    func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
    if let leftOut {
      return [JSONMember("problem", .integer(number)), JSONMember("left_out", .string(leftOut))]
    }
    return [
      JSONMember("problem", .integer(number)), JSONMember("prompt_tokens", .integer(promptTokens)),
      JSONMember("tokens", list(tokens)), JSONMember("right", list(right)),
      JSONMember("finite", list(finite)), JSONMember("entropy", list(entropy)),
      JSONMember("flops", list(flops)), JSONMember("agree", list(agree)),
      JSONMember("exits", .array(exits.map { list($0.numbers) })),
    ]
  }

  /// Reads a line; nil when it is not one of this plan, or holds a number that cannot be.
  init?(_ line: [UInt8], plan: EvaluationPlan, file: String) {
    guard let document = CheckedLine.open(line, file: file),
      let number = document["problem"]?.integer
    else { return nil }
    if let reason = document["left_out"] {
      guard let reason = reason.string, reason.count <= Self.longestReason else { return nil }
      self.init(number: number, leftOut: reason)
      return
    }
    let depths = plan.iterations.count
    func list(_ value: JSONValue?, _ count: Int, in range: ClosedRange<Int>) -> [Int]? {
      guard let values = value?.array, values.count == count else { return nil }
      let integers = values.compactMap(\.integer)
      return integers.count == count && integers.allSatisfy(range.contains) ? integers : nil
    }
    guard let promptTokens = document["prompt_tokens"]?.integer,
      (1...Self.mostTokens).contains(promptTokens),
      let tokens = list(document["tokens"], depths, in: 1...Self.mostTokens),
      let right = list(document["right"], depths * plan.starts.count, in: 0...1),
      let finite = list(document["finite"], depths, in: 0...1),
      let entropy = list(document["entropy"], depths, in: 0...Self.mostTicks),
      let flops = list(document["flops"], depths, in: 0...Int.max),
      let agree = list(document["agree"], depths, in: 0...1),
      let exits = document["exits"]?.array, exits.count == plan.exits.count
    else { return nil }
    self.init(number: number)
    self.promptTokens = promptTokens
    (self.tokens, self.right, self.finite) = (tokens, right, finite)
    (self.entropy, self.flops, self.agree) = (entropy, flops, agree)
    self.exits = exits.compactMap { Exit(list($0, 5, in: 0...Int.max), plan: plan) }
    if self.exits.count != exits.count { return nil }
  }

  public init(number: Int, leftOut: String? = nil) {
    self.number = number
    self.leftOut = leftOut.map { String($0.prefix(Self.longestReason)) }
  }
}

extension ProblemRecord.Exit {
  fileprivate init?(_ numbers: [Int]?, plan: EvaluationPlan) {
    guard let numbers, numbers[1] <= 1, numbers[4] <= 1,
      (1...ProblemRecord.mostTokens).contains(numbers[3]),
      (numbers[3]...numbers[3] * (plan.iterations.last ?? 1)).contains(numbers[0])
    else { return nil }
    self.init(
      iterations: numbers[0], right: numbers[1], flops: numbers[2], tokens: numbers[3],
      finite: numbers[4])
  }
}
