import ArgumentParser
import Checkpoints
import Exports
import Foundation
import TestSupport
import Testing

@testable import muninn

/// What files hold is what their documentation says they hold.
@Suite struct ExportSchemaTests {
  /// Names of members that JSON lines have, those of lists of objects in them included.
  private func members(_ arguments: [String]) throws -> Set<String> {
    let run = try Program.run(arguments)
    #expect(run.status == 0, "\(run.error)")
    var names: Set<String> = []
    for line in run.out.split(separator: "\n") {
      guard case .object(let members) = try JSONValue(parsing: Array(line.utf8)) else { continue }
      names.formUnion(members.map(\.name))
      for list in ["top", "watched"] {
        for case .object(let inner)? in members.first(where: { $0.name == list })?.value.array ?? []
        {
          names.formUnion(inner.map(\.name))
        }
      }
    }
    return names
  }

  private static func words(_ text: String) -> Set<String> {
    Set(text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
  }

  /// Every member of a record is named in the help, and every name of two words in the help is a member.
  @Test func recordsAreWhatTheHelpSays() throws {
    let folder = Fixtures.path("ouro-tiny")
    var found = try members([
      "trace", "--prompt", "3+4?", "-r", "3", "--to-last", "--watch", "7", "--blocks",
      "--attention",
      "--jsonl", "-",
    ])
    found.formUnion(
      try members(["trace", "--model", folder, "--prompt-ids", "3,4", "-r", "2", "--jsonl", "-"]))
    found.formUnion(
      try members([
        "trace", "--model", Fixtures.path("hrm-text-tiny"), "--prompt-ids", "3,4", "-r", "2",
        "--jsonl",
        "-",
      ]))
    let help = TraceCommand.configuration.discussion
    let documented = Self.words(help)
    #expect(found.subtracting(documented).isEmpty)
    let named = documented.filter { $0.contains("_") }.union(["bytes", "arrival", "exits", "angle"])
      // The two states of two clocks, which are no members.
      .subtracting(["z_H", "z_L"])
    #expect(named.subtracting(found).isEmpty)
    // What the explorer's panes show beside them.
    #expect(found.isSuperset(of: ["distance_to_last", "filtered_kl", "exits", "angle", "arrival"]))
  }

  /// The list of columns has those of every table in their order: some have an exit gate, some two clocks.
  @Test func columnsAreThoseThatAreListed() throws {
    let listed = try Program.run(["export", "--columns"]).out.split(separator: "\n")
      .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    #expect(listed.allSatisfy { $0.count == 3 && $0.allSatisfy { !$0.isEmpty } })
    let names = listed.map { String($0[0]) }
    var found: Set<String> = []
    for arguments in [
      ["-p", "1?", "-r", "1"],
      ["--model", Fixtures.path("ouro-tiny"), "--prompt-ids", "3,4", "-r", "2"],
      ["--model", Fixtures.path("hrm-text-tiny"), "--prompt-ids", "3,4", "-r", "2"],
    ] {
      let table = try Program.run(["export"] + arguments + ["--csv", "-"]).out
      let header = table.prefix { $0 != "\r\n" }.split(separator: ",").map(String.init)
      #expect(header == names.filter { header.contains($0) })
      found.formUnion(header)
    }
    #expect(found == Set(names))
  }
}
