import LatentModels
import Testing
import Trajectories

@Suite struct AddressTests {
  @Test(arguments: ["12:8", "0:0", "3:4.2", "12:8.0", "12:p.1", "12:8.c.1", "7:0.c.12"])
  func goesThereAndBack(text: String) throws {
    #expect(try Address(parsing: text).description == text)
  }

  @Test func saysWhichBlockIsMeant() throws {
    #expect(try Address(parsing: "12:8.3").block == BlockPlace(.core, 3))
    #expect(try Address(parsing: "12:8.c.1").block == BlockPlace(.coda, 1))
    let prelude = try Address(parsing: "12:p.2")
    #expect(prelude.block == BlockPlace(.prelude, 2) && prelude.iteration == 0)
  }

  /// Two low passes of three blocks, then a high one.
  private static let clocks = ModelFacts.Passes(blocks: 3, low: 2)

  @Test(arguments: [
    ("12:2.L1.2", 2), ("12:2.L2.1", 4), ("12:2.H.1", 7), ("12:2.H.3", 9), ("12:2.5", 5),
    ("12:2.L1", 3), ("12:2.L2", 6), ("12:2.H", 9),
  ])
  func bothClocksAreNamed(text: String, block: Int) throws {
    let address = try Address(parsing: text, passes: Self.clocks)
    #expect(address == Address(token: 12, iteration: 2, block: BlockPlace(.core, block)))
    let said = address.described(Self.clocks)
    #expect(
      try Address(parsing: said, passes: Self.clocks) == address
        && said.count == 9 - (block > 6 ? 1 : 0))
    #expect(address.description == "12:2.\(block)")
  }

  @Test(arguments: [
    ("1:2.L3", 6, "L1 to L2"), ("1:2.L", 6, "L1 to L2"), ("1:2.L0", 6, "L1 to L2"),
    ("1:2.H.4", 7, "1 to 3"), ("1:2.L1.0", 8, "1 to 3"), ("1:2.H2", 6, "after the pass"),
    ("1:2.L1.2.3", 9, "ends the address"),
  ])
  func passesThatAreNotThereAreRefused(text: String, column: Int, words: String) throws {
    let error = try #require(throws: AddressError.self) {
      try Address(parsing: text, passes: Self.clocks)
    }
    #expect(error.column == column && error.problem.contains(words), "\(error)")
    let plain = try #require(throws: AddressError.self) { try Address(parsing: "1:2.L1") }
    #expect(plain.column == 5 && plain.problem.contains("two clocks"))
    #expect(
      Address(token: 1, iteration: 2, block: BlockPlace(.core, 0)).described(Self.clocks) == "1:2.0"
    )
    #expect(Address(token: 1, iteration: 2).described(Self.clocks) == "1:2.H")
    #expect(Address(token: 1, iteration: 0).described(Self.clocks) == "1:0")
    #expect(Address(token: 1, iteration: 2).described(nil) == "1:2")
  }

  @Test func editsNameBothClocksToo() throws {
    var limits = EditLimits(layers: ModelFacts.Layers(core: 9))
    #expect(throws: EditError.self) { try Edit(parsing: "all:2.L1 := 0", within: limits) }
    limits.passes = Self.clocks
    for (named, counted) in [
      ("all:2.L1 := 0", "all:2.3 := 0"), ("3:2.H.1.attention := 0", "3:2.7.attention := 0"),
      ("3:2.L2.attention := 0", "3:2.6.attention := 0"),
      ("3:1 += 0.5*4:2.L2.1", "3:1 += 0.5*4:2.4"),
    ] {
      #expect(try Edit(parsing: named, within: limits) == Edit(parsing: counted, within: limits))
    }
    for (text, column) in [("3:2.L3 := 0", 5), ("3:2.H.4 := 0", 7)] {
      let error = try #require(throws: EditError.self) { try Edit(parsing: text, within: limits) }
      #expect(error.column == column, "\(error)")
    }
  }

  /// What is wrong is said at its column, with what would stand there.
  @Test(arguments: [
    ("", 1, "begins with a token"), ("12", 3, "goes :"), (":", 1, "begins with a token"),
    ("1:", 3, "12:p.1"), ("a:1", 1, "begins with a token"), ("1:-2", 3, "goes an iteration"),
    ("1:2.", 5, "12:8.c.1"), ("1:2.3.4", 6, "a block ends"), ("1:2:3", 4, "or . and a block"),
    ("-1:2", 1, "begins with a token"), ("1:2.x", 5, "goes a block"), ("1:p", 4, "p.1"),
    ("1:p.0", 5, "count from 1"), ("1:p.1.2", 6, "ends the address"), ("1:2.c", 6, "c.1"),
    ("1:2.c.0", 7, "count from 1"), ("1:c.1", 3, "goes an iteration"),
    ("99999999999999999999:1", 1, "too large"), ("1:２", 3, "goes an iteration"),
  ])
  func refusesWhatIsNone(text: String, column: Int, words: String) throws {
    let error = try #require(throws: AddressError.self) { try Address(parsing: text) }
    #expect(error.column == column && error.problem.contains(words), "\(error)")
  }
}
