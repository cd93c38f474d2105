/// A compiled regular expression: instructions for a backtracking matcher.
struct RegexProgram: Sendable {
  /// One step of a match. Numbers are positions in the program.
  enum Instruction: Sendable {
    case set(Int)
    /// Try the first, and the second if that fails; `fork` numbers the forks of a program.
    case fork(first: Int, second: Int, fork: Int)
    case jump(Int)
    /// Matches the part that follows, up to `accept`, on its own, then continues at `next`: from
    /// where the part ended (atomic group), or from where it began (look-ahead).
    case atomic(next: Int)
    case lookahead(next: Int, isNegative: Bool)
    case wordBoundary(isNegated: Bool)
    case start(isLine: Bool)
    case end(isLine: Bool)
    case accept
  }

  /// Patterns that compile to more steps than this are refused.
  static let maximumLength = 50_000

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  /// Number of forks.
  private(set) var forkCount = 0

  private var emissions = 0
  private static let tooLong = RegexError(
    message: "so much repetition that it compiles to too many steps")

  /// Compiles a pattern.
  init(_ pattern: String) throws(RegexError) {
    var parser = RegexParser(pattern)
    try emit(parser.parse())
    try append(.accept)
  }

  private mutating func append(_ instruction: Instruction) throws(RegexError) {
    guard instructions.count < Self.maximumLength else {
      throw Self.tooLong
    }
    instructions.append(instruction)
  }

  private mutating func newFork() -> Int {
    forkCount += 1
    return forkCount - 1
  }

  private mutating func emit(_ node: RegexNode) throws(RegexError) {
    // Counted apart from the steps: a body that has none can be repeated without end.
    emissions += 1
    guard emissions <= 4 * Self.maximumLength else { throw Self.tooLong }
    switch node {
    case .set(let set):
      sets.append(set)
      try append(.set(sets.count - 1))
    case .sequence(let nodes): for node in nodes { try emit(node) }
    case .alternatives(let branches): try emit(alternatives: branches)
    case .repeated(let body, let minimum, let maximum, let isLazy):
      for _ in 0..<minimum { try emit(body) }
      if let maximum {
        try emit(upTo: maximum - minimum, of: body, isLazy: isLazy)
      } else {
        let top = instructions.count
        try append(.jump(0))
        try emit(body)
        try append(.jump(top))
        setFork(at: top, into: top + 1, past: instructions.count, isLazy: isLazy)
      }
    case .atomic(let body):
      let top = instructions.count
      try append(.atomic(next: 0))
      try emit(body)
      try append(.accept)
      instructions[top] = .atomic(next: instructions.count)
    case .lookahead(let body, let isNegative):
      let top = instructions.count
      try append(.lookahead(next: 0, isNegative: isNegative))
      try emit(body)
      try append(.accept)
      instructions[top] = .lookahead(next: instructions.count, isNegative: isNegative)
    case .wordBoundary(let isNegated): try append(.wordBoundary(isNegated: isNegated))
    case .start(let isLine): try append(.start(isLine: isLine))
    case .end(let isLine): try append(.end(isLine: isLine))
    }
  }

  private mutating func setFork(at top: Int, into body: Int, past end: Int, isLazy: Bool) {
    instructions[top] =
      isLazy
      ? .fork(first: end, second: body, fork: newFork())
      : .fork(first: body, second: end, fork: newFork())
  }

  private mutating func emit(alternatives branches: [RegexNode]) throws(RegexError) {
    var exits: [Int] = []
    for (index, branch) in branches.enumerated() {
      guard index + 1 < branches.count else {
        try emit(branch)
        break
      }
      let top = instructions.count
      try append(.jump(0))
      try emit(branch)
      exits.append(instructions.count)
      try append(.jump(0))
      setFork(at: top, into: top + 1, past: instructions.count, isLazy: false)
    }
    for exit in exits { instructions[exit] = .jump(instructions.count) }
  }

  /// `body` at most `count` times: nested options.
  private mutating func emit(
    upTo count: Int, of body: RegexNode, isLazy: Bool
  ) throws(RegexError) {
    var tops: [Int] = []
    for _ in 0..<max(count, 0) {
      tops.append(instructions.count)
      try append(.jump(0))
      try emit(body)
    }
    for top in tops {
      setFork(at: top, into: top + 1, past: instructions.count, isLazy: isLazy)
    }
  }
}
