import LatentModels

/// Where something is in a run: `token:iteration`, or with a block `token:iteration.block`. The one way
/// to say where, in the explorer, on the command line, in files and in errors.
///
///     12:8      token 12 after iteration 8
///     12:8.3    in it, after core block 3; 12:8.0 is what the first block reads
///     12:p.1    prelude block 1, which runs once, before all iterations
///     12:8.c.1  coda block 1, reading what iteration 8 left
///
/// Where an iteration has passes, both clocks can be named: `12:2.L1.2` is block 2 of the first low pass of
/// cycle 2, `12:2.H` what its high pass ended with.
///
/// Tokens count from 0, blocks from 1; iteration 0 is the initial state s₀.
public struct Address: Sendable, Hashable, CustomStringConvertible {
  public var token: Int
  /// 0 in the prelude.
  public var iteration: Int
  public var block: BlockPlace?

  public init(token: Int, iteration: Int, block: BlockPlace? = nil) {
    self.token = token
    self.iteration = block?.part == .prelude ? 0 : iteration
    self.block = block
  }

  public var description: String { described(nil) }

  /// In words of both clocks, where an iteration has passes: a state is what its high pass ended with.
  public func described(_ passes: ModelFacts.Passes?) -> String {
    guard let passes else { return plain }
    switch block {
    case nil: return "\(token):\(passes.name(ofIteration: iteration))"
    case .some(let block) where block.part == .core && block.block > 0:
      return "\(token):\(iteration).\(passes.name(ofBlock: block.block))"
    default: return plain
    }
  }

  private var plain: String {
    switch block {
    case nil: "\(token):\(iteration)"
    case .some(let block):
      switch block.part {
      case .prelude: "\(token):p.\(block.block)"
      case .core: "\(token):\(iteration).\(block.block)"
      case .coda: "\(token):\(iteration).c.\(block.block)"
      }
    }
  }
}

/// Words that are no address: at which column they go wrong, and what would stand there.
public struct AddressError: Error, Hashable, CustomStringConvertible {
  /// What was typed.
  public let text: String
  /// In characters, from 1.
  public let column: Int
  /// As a sentence without its point.
  public let problem: String

  public var description: String { "column \(column): \(problem)" }
}

extension Address {
  /// Reads what `description` writes.
  /// - Parameter passes: of an iteration; nil where it has none, so that none can be named.
  /// - Throws: `AddressError`.
  public init(
    parsing text: String, passes: ModelFacts.Passes? = nil
  ) throws(AddressError) {
    var reader = AddressReader(text, passes)
    self = try reader.address()
  }
}

/// Goes through an address from left to right.
private struct AddressReader {
  private let text: String
  private let characters: [Character]
  private let passes: ModelFacts.Passes?
  private var place = 0

  init(_ text: String, _ passes: ModelFacts.Passes?) {
    self.text = text
    self.passes = passes
    characters = Array(text)
  }

  private func failure(_ problem: String) -> AddressError {
    AddressError(text: text, column: place + 1, problem: problem)
  }

  private mutating func take(_ character: Character) -> Bool {
    guard place < characters.count, characters[place] == character else { return false }
    place += 1
    return true
  }

  private mutating func number(_ problem: String, from least: Int = 0) throws(AddressError) -> Int {
    let digits = characters[place...].prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty else { throw failure(problem) }
    guard let number = Int(String(digits)), number <= 1_000_000_000 else {
      throw failure("this number is too large")
    }
    guard number >= least else { throw failure(problem) }
    place += digits.count
    return number
  }

  private mutating func end(_ problem: String) throws(AddressError) {
    if place < characters.count { throw failure(problem) }
  }

  mutating func address() throws(AddressError) -> Address {
    let token = try number("an address begins with a token's position, as 12:8")
    guard take(":") else { throw failure("after the token goes : and an iteration, as 12:8") }
    if take("p") {
      guard take(".") else { throw failure("p is the prelude; its blocks are p.1 and so on") }
      let block = try number("blocks of the prelude count from 1, as 12:p.1", from: 1)
      try end("a prelude block ends the address, as 12:p.1")
      return Address(token: token, iteration: 0, block: BlockPlace(.prelude, block))
    }
    let iteration = try number(
      "after : goes an iteration, as 12:8, or p and a prelude block, as 12:p.1")
    guard take(".") else {
      try end("after the iteration goes nothing, or . and a block, as 12:8.3")
      return Address(token: token, iteration: iteration)
    }
    if take("c") {
      guard take(".") else { throw failure("c is the coda; its blocks are c.1 and so on") }
      let block = try number("blocks of the coda count from 1, as 12:8.c.1", from: 1)
      try end("a coda block ends the address, as 12:8.c.1")
      return Address(token: token, iteration: iteration, block: BlockPlace(.coda, block))
    }
    if let block = try pass() {
      return Address(token: token, iteration: iteration, block: BlockPlace(.core, block))
    }
    let block = try number("after . goes a block, as 12:8.3, or c and a coda block, as 12:8.c.1")
    try end("a block ends the address, as 12:8.3")
    return Address(token: token, iteration: iteration, block: BlockPlace(.core, block))
  }
  /// A pass, with a block of it or its last one; nil where none is named.
  /// - Returns: the block, counted through all passes of an iteration.
  private mutating func pass() throws(AddressError) -> Int? {
    let start = place
    let isHigh = take("H")
    guard isHigh || take("L") else { return nil }
    guard let passes else {
      place = start
      throw failure("only iterations of two clocks have passes L and H; here goes a block")
    }
    var index = passes.low
    if !isHigh {
      let problem = "low passes are L1 to L\(passes.low)"
      let begun = place
      index = try number(problem, from: 1) - 1
      guard index < passes.low else {
        place = begun
        throw failure(problem)
      }
    }
    guard take(".") else {
      try end("after the pass goes nothing, or . and one of its blocks, as 12:2.L1.2")
      return (index + 1) * passes.blocks
    }
    let problem = "a pass has blocks 1 to \(passes.blocks)"
    let begun = place
    let block = try number(problem, from: 1)
    guard block <= passes.blocks else {
      place = begun
      throw failure(problem)
    }
    try end("a block ends the address, as 12:2.L1.2")
    return index * passes.blocks + block
  }
}
