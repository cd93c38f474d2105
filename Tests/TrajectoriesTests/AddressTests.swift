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
