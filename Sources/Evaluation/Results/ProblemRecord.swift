import Checkpoints

/// What one problem came to. Whole numbers only, so that sums do not depend on their order.
public struct ProblemRecord: Sendable, Equatable {
  /// Where it stands in the whole set.
  public var number: Int
  public var promptTokens: Int
  /// Tokens of the answer; where a text is written, of what was written, for every r.
  public var tokens: [Int]  // [r]
  /// 1 where the answer was right.
  public var right: [Int]  // [starts][r], flattened
  /// Entropy of the prediction of the answer's first token, in ticks.
  public var entropy: [Int]  // [r]
  public var flops: [Int]  // [r]
  /// 1 where all starts gave one answer.
  public var agree: [Int]  // [r]
  /// Per exit: iterations of all tokens, 1 if right, FLOPs, tokens.
  public var exits: [[Int]]  // [exits][4]

  /// Ticks in a nat.
  static let ticks = 0x1p32

  static func ticks(_ nats: Double) -> Int {
    nats.isFinite ? Int((nats * ticks).rounded()) : 0
  }

  /// One line of a file of results.
  public var document: JSONValue {
    func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
    return .object([
      JSONMember("problem", .integer(number)), JSONMember("prompt_tokens", .integer(promptTokens)),
      JSONMember("tokens", list(tokens)), JSONMember("right", list(right)),
      JSONMember("entropy", list(entropy)), JSONMember("flops", list(flops)),
      JSONMember("agree", list(agree)), JSONMember("exits", .array(exits.map(list))),
    ])
  }

  /// Reads a line; nil when it is not one of this plan.
  public init?(_ document: JSONValue, plan: EvaluationPlan) {
    func list(_ value: JSONValue?, _ count: Int) -> [Int]? {
      guard let values = value?.array, values.count == count else { return nil }
      let integers = values.compactMap(\.integer)
      return integers.count == count ? integers : nil
    }
    let depths = plan.iterations.count
    guard let number = document["problem"]?.integer,
      let promptTokens = document["prompt_tokens"]?.integer,
      let tokens = list(document["tokens"], depths),
      let right = list(document["right"], depths * plan.starts.count),
      let entropy = list(document["entropy"], depths),
      let flops = list(document["flops"], depths),
      let agree = list(document["agree"], depths),
      let exits = document["exits"]?.array, exits.count == plan.exits.count
    else { return nil }
    self.number = number
    self.promptTokens = promptTokens
    (self.tokens, self.right, self.entropy) = (tokens, right, entropy)
    (self.flops, self.agree) = (flops, agree)
    self.exits = exits.compactMap { list($0, 4) }
    if self.exits.count != exits.count { return nil }
  }

  init(
    number: Int, promptTokens: Int, tokens: [Int], right: [Int], entropy: [Int], flops: [Int],
    agree: [Int], exits: [[Int]]
  ) {
    (self.number, self.promptTokens, self.tokens) = (number, promptTokens, tokens)
    (self.right, self.entropy, self.flops) = (right, entropy, flops)
    (self.agree, self.exits) = (agree, exits)
  }
}
