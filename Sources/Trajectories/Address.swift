import LatentModels

/// Where something is in a run: `token:iteration`, or with a block `token:iteration.block`. The one way
/// to say where, in the explorer, on the command line, in files and in errors.
///
///     12:8      token 12 after iteration 8
///     12:8.3    in it, after core block 3; 12:8.0 is what the first block reads
///     12:p.1    prelude block 1, which runs once, before all iterations
///     12:8.c.1  coda block 1, reading what iteration 8 left
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

  public var description: String {
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
  /// - Throws: `AddressError`.
  public init(parsing text: String) throws(AddressError) {
    var reader = AddressReader(text)
    self = try reader.address()
  }
}

/// Goes through an address from left to right.
private struct AddressReader {
  private let text: String
  private let characters: [Character]
  private var place = 0

  init(_ text: String) {
    self.text = text
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
    let block = try number("after . goes a block, as 12:8.3, or c and a coda block, as 12:8.c.1")
    try end("a block ends the address, as 12:8.3")
    return Address(token: token, iteration: iteration, block: BlockPlace(.core, block))
  }
}
