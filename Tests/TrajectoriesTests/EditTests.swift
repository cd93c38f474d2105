import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Edits as they are written.
@Suite struct EditTests {
  @Test(arguments: [
    "16:12 := 16:1", "all:8 := 0.5*all:8 + 0.5*all:8@B", "1:3 := 0", "1:5+ := 1:4",
    "16:8 += 0.7*(16:1@B - 16:8)", "7:4+ := 7:i@2", "3-5:4-9 := all:i@clean", "12:8.3 := 12:8.3@B",
    "12:8.0 := 0", "12:8.3.attention := 0", "12:8.1.feed-forward += -1.0*12:8.1.feed-forward",
    "12:e := 12:e@B", "12:p.1 := 0", "12:p.2.attention += 0.5*0:p.1", "12:8.c.1 := 0",
    "0:0 := 0:3 - (0:1 + 0:2)", "1:2 := 1e-05*(1:1 - 1:0) + 1:1",
    "all:e += 0.5*noise 7", "16:3+ += noise 18446744073709551615",
    "1:2.1.attention := noise 0 - 1:1",
  ])
  func whatIsWrittenIsReadBack(text: String) throws {
    let edit = try Edit(parsing: text)
    #expect(edit.description == text)
    #expect(try Edit(parsing: edit.description) == edit)
    let json = try JSONEncoder().encode(edit)
    #expect(try JSONDecoder().decode(Edit.self, from: json) == edit)
  }

  @Test(arguments: [
    ("freeze 1:4", "1:5+ := 1:4"), ("freeze all:0", "all:1+ := all:0"),
    ("  16:12:=16:1 ", "16:12 := 16:1"), ("1:3 := -1:2", "1:3 := -1.0*1:2"),
    ("1:3 := 2*1:2+1:1", "1:3 := 2.0*1:2 + 1:1"), ("1-1:3 := (((1:2)))", "1:3 := 1:2"),
    ("1:3 := 0.5 * (1:2) - 0", "1:3 := 0.5*1:2 - 0"),
    ("all:e += 0.5 * noise   7", "all:e += 0.5*noise 7"),
    ("all:e += -noise 7", "all:e += -1.0*noise 7"),
  ])
  func shorterFormsAreTheSame(text: String, same: String) throws {
    #expect(try Edit(parsing: text).description == same)
  }

  @Test(arguments: [
    ("", 1), ("16", 3), ("16:", 4), ("16:12", 6), ("16:12 = 16:1", 7), ("16:12 := ", 10),
    ("16:12 := 16:", 13), ("16:12 := 16:1 16:2", 15), ("16:12 := 0.5", 13),
    ("16:12 := 0.5 16:1", 14), ("16:12 := (16:1", 15), ("x:1 := 0", 1), ("5-3:1 := 0", 1),
    ("1:9-4 := 0", 3), ("1:0.2 := 0", 3), ("1:3.0.attention := 0", 5), ("1:3.2.heads := 0", 7),
    ("1:p.0 := 0", 5), ("1:3 := 1:2@", 12), ("1:3 := 1:0.1", 10), ("freeze 1", 9),
    ("1:3 := 99999999999999999999:1", 8), ("1:3 := 1.2.3*1:2", 8), ("20:1 := 0", 1),
    ("1:3 := 20:1", 8), ("1:3 := 1:2@C", 12), ("1:3.5 := 0", 5), ("1:p.3 := 0", 5),
    ("1:3.c.9 := 0", 7), ("1:3 := 1:2.5", 12),
    ("all:e += noise", 15), ("all:e += 0.5*noise x", 20), ("all:e += noisy 7", 10),
    ("all:e += noise 18446744073709551616", 16), ("all:e += noise 7 8", 18),
  ])
  func errorsPointAtTheColumn(text: String, column: Int) throws {
    let limits = EditLimits(
      tokens: 0..<17, text: 0..<17,
      layers: ModelFacts.Layers(prelude: 2, core: 4, coda: 2),
      runs: ["A", "B"])
    do throws(EditError) {
      let edit = try Edit(parsing: text, within: limits)
      Issue.record("\(edit)")
    } catch {
      #expect(error.column == column, "\(error)")
      #expect(error.marked.hasSuffix("\n" + String(repeating: " ", count: column - 1) + "^"))
      #expect(!error.problem.isEmpty)
    }
  }

  @Test(arguments: [
    ("", ["all", "freeze "]), ("f", ["freeze "]), ("16:", ["16:e", "16:p."]),
    ("16:12 ", ["16:12 :=", "16:12 +="]), ("16:12 :", ["16:12 :="]),
    ("1:3.2.", ["1:3.2.attention", "1:3.2.feed-forward"]),
    ("1:3.2.fe", ["1:3.2.feed-forward"]), ("1:3 := a", ["1:3 := all:"]),
    ("all:e += 0.5*n", ["all:e += 0.5*noise "]),
    ("1:3 := all:", ["1:3 := all:i", "1:3 := all:e", "1:3 := all:p."]),
    ("1:3 := 1:2@", ["1:3 := 1:2@clean", "1:3 := 1:2@c2"]), ("1:3 := 1:2@cl", ["1:3 := 1:2@clean"]),
    ("1:3 := 0", []), ("1:3 := x", []), ("20:", []),
  ])
  func whatIsBegunIsCompleted(text: String, completions: [String]) {
    let limits = EditLimits(tokens: 0..<17, runs: ["clean", "c2"])
    #expect(Edit.completions(of: text, within: limits) == completions)
  }

  /// No text brings the reader down.
  @Test func anyTextIsAnEditOrAnError() {
    var dice = Dice(seed: 3)
    let pieces = [
      "16", ":", "12", " := ", "+=", "all", "-", "+", "0.5", "*", "(", ")", "@", "B", "i", "e",
      "p.",
      "c.", ".", "3", "freeze", " ", "é", "1e9", "attention", "0",
    ]
    for _ in 0..<3000 {
      let text = (0..<dice.below(12)).map { _ in dice.one(of: pieces) }.joined()
      do throws(EditError) {
        let edit = try Edit(parsing: text)
        #expect((try? Edit(parsing: edit.description)) == edit, "\(text)")
      } catch { #expect((1...text.count + 1).contains(error.column), "\(text)") }
    }
    let deep = "1:3 := " + String(repeating: "(", count: 5000)
    #expect(throws: EditError.self) { try Edit(parsing: deep) }
  }

  /// In a tree an edited run stands in the place of the one it was made from, and calls others by
  /// their numbers or names.
  @Test func treesHoldEditedRuns() throws {
    var runs = Runs()
    func begun(_ ids: [Int], _ iterations: Int) -> Trajectory {
      MadeUp.trajectory(ids, (0...iterations).map { i in ids.map { $0 + i } })
    }
    let prompt = try runs.add(MadeUp.prompt(), begun([1, 2, 3], 9))
    let other = try runs.add(MadeUp.prompt(seed: 5), begun([1, 2, 3], 9))
    try runs.act { (history) throws(TreeError) in try history.name(other, "clean") }
    let cause = try runs.tree.edit("2:4 := 2:4@clean", of: prompt)
    #expect(try runs.tree.edit("2:4 := 2:4@\(other)", of: prompt) == cause)
    let edited = try runs.edit(prompt, cause, begun([1, 2, 3], 6))
    #expect(try runs.edit(prompt, cause, begun([1, 2, 3], 6)) == edited, "it is there already")
    #expect(runs.words(edited) == "edit 2:4 := 2:4@\(other)", "as it is typed here")
    #expect(runs.tree[edited]?.fork == Fork(node: prompt, iteration: 4))
    let token = try runs.append(
      MadeUp.said(7), at: Fork(node: edited, iteration: 6), begun([7], 2))
    let branch = try #require(runs.branch(to: token))
    #expect(branch.passages.map(\.node) == [edited, token] && branch.tokenCount == 4)
    #expect(branch.passages.map(\.firstToken) == [0, 3] && branch.promptCount == 3)
    let lineage = try #require(runs.tree.lineage(of: token))
    #expect(lineage.ids == [1, 2, 3, 7] && lineage.passages.count == 2)
    let json = try JSONEncoder().encode(runs.tree)
    #expect(try JSONDecoder().decode(RunTree.self, from: json) == runs.tree)
    for (text, column) in [("0:1 := 0", 1), ("3:1 := 4:1", 8), ("3:1 := 3:1@9", 12)] {
      #expect {
        try runs.tree.edit(text, of: token)
      } throws: {
        ($0 as? EditError)?.column == column
      }
    }
    _ = try runs.undo()
    _ = try runs.undo()
    #expect(!runs.tree.contains(edited))
  }

  /// Causes are the same whatever runs are called, and come back from what is written of them.
  @Test func causesKeepWhatTheyTake() throws {
    let (a, b) = (Lineage(MadeUp.prompt()), Lineage(MadeUp.prompt(seed: 5)))
    let edit = try Edit(parsing: "all:8 := 0.5*all:8@x + 0.25*all:8@y + 0.25*all:1@x")
    let cause = EditCause(edit) { $0 == "x" ? a : b }
    #expect(cause.edit.description == "all:8 := 0.5*all:8@0 + 0.25*all:8@1 + 0.25*all:1@0")
    #expect(cause.runs == [a, b])
    let other = try Edit(parsing: "all:8 := 0.5*all:8@p + 0.25*all:8@q + 0.25*all:1@r")
    #expect(EditCause(other) { $0 == "q" ? b : a } == cause)
    #expect(EditCause(edit) == nil)
    let lineage = b.appending(cause)
    #expect(lineage.links.last?.iteration == 8 && lineage.ids == b.ids)
    #expect(lineage.passages.count == 1 && lineage.passages[0].lineage == lineage)
    let token = lineage.appending(MadeUp.said(4), at: 9)
    #expect(token.passages.map(\.firstToken) == [0, 3] && token.takenCount == 1)
    let json = try JSONEncoder().encode(token)
    #expect(try JSONDecoder().decode(Lineage.self, from: json) == token)
    // A link that leaves elsewhere is none.
    #expect(Lineage([b.links[0], .init(iteration: 7, cause: .edit(cause))]) == nil)
    let lone = #"{"edit":{"edit":"1:3 := 1:3@0"}}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Cause.self, from: Data(lone.utf8))
    }
  }
}
