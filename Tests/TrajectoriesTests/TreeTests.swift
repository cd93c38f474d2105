import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Acts on a tree, and their way back.
@Suite struct TreeTests {
  /// Does something at random; gives the ids that are new.
  private func act(_ history: inout TreeHistory, _ choose: inout Dice) throws -> [NodeID] {
    let before = Set(history.tree.nodes.map(\.id))
    let ids = history.tree.nodes.map(\.id)
    let prompt = MadeUp.prompt([choose.below(3), 5], seed: UInt64(choose.below(4)))
    switch ids.isEmpty ? 0 : choose.below(9) {
    case 0: try history.add(prompt)
    case 1: try history.add(prompt, variant: Variant(of: choose.one(of: ids), .start))
    case 2, 3:
      try history.append(
        MadeUp.said(choose.below(3)),
        at: Fork(node: choose.one(of: ids), iteration: 1 + choose.below(3)))
    case 4:
      let base = choose.one(of: ids)
      try history.add(
        (0..<1 + choose.below(3)).map {
          (prompt.replacing(0, by: $0), Variant(of: base, .token(position: 0, old: 9)))
        }, label: "token 0")
    case 5: try history.show(choose.one(of: ids))
    case 6: try history.name(choose.one(of: ids), choose.below(2) == 0 ? nil : "n\(ids.count)")
    case 7:
      let edit = try Edit(parsing: "0:\(choose.below(3)) := 0")
      try history.edit(choose.one(of: ids), try #require(EditCause(edit)))
    default:
      let id = choose.one(of: ids)
      if history.tree.subtree(of: id).count == ids.count {
        #expect(throws: TreeError.lastBranch) { try history.delete(id) }
      } else {
        try history.delete(id)
      }
    }
    return history.tree.nodes.map(\.id).filter { !before.contains($0) }
  }

  /// Acts, undone and redone in any order, give the trees there were; no number is given twice; and
  /// every tree is one that a file may hold.
  @Test(arguments: 0..<12 as Range<UInt64>) func actsCanAllBeUndone(seed: UInt64) throws {
    var choose = Dice(seed: seed)
    var history = TreeHistory()
    var trees = [history.tree]
    var here = 0
    var given: Set<NodeID> = []
    for _ in 0..<150 {
      switch choose.below(4) {
      case 0 where here > 0:
        try history.undo()
        here -= 1
      case 1 where here + 1 < trees.count:
        try history.redo()
        here += 1
      default:
        let new = try act(&history, &choose)
        #expect(given.isDisjoint(with: new))
        given.formUnion(new)
        guard history.tree != trees[here] else { continue }
        trees.removeSubrange((here + 1)...)
        trees.append(history.tree)
        here += 1
      }
      #expect(history.tree == trees[here])
      #expect(history.canUndo == (here > 0) && history.canRedo == (here + 1 < trees.count))
      #expect(history.tree.isEmpty == (history.tree.current == nil))
      let bytes = try JSONEncoder().encode(history.tree)
      #expect(try JSONDecoder().decode(RunTree.self, from: bytes) == history.tree)
    }
    while history.canUndo { try history.undo() }
    #expect(history.tree == RunTree() && given.count > 20)
    #expect(throws: TreeError.nothingToUndo) { try history.undo() }
    while history.canRedo { try history.redo() }
    #expect(history.tree == trees[trees.count - 1])
    #expect(throws: TreeError.nothingToRedo) { try history.redo() }
  }

  @Test func whatIsThereAlreadyIsShownInsteadOfMadeAgain() throws {
    var history = TreeHistory()
    let first = try history.add(MadeUp.prompt())
    let token = try history.append(MadeUp.said(7), at: Fork(node: first, iteration: 4))
    try history.show(first)
    #expect(try history.append(MadeUp.said(7), at: Fork(node: first, iteration: 4)) == token)
    #expect(history.tree.current == token && history.tree.count == 2)
    let later = try history.append(MadeUp.said(7), at: Fork(node: first, iteration: 5))
    let chosen = try history.append(
      TokenCause(id: 7, sampling: nil), at: Fork(node: first, iteration: 4))
    #expect(Set([first, token, later, chosen]).count == 4, "another place, or chosen by hand")
    #expect(try history.add(MadeUp.prompt()) == first)
    let untyped = PromptCause(text: nil, ids: [1, 2, 3], start: MadeUp.prompt().start)
    #expect(try history.add(untyped) == first, "however it was typed")
    #expect(try history.add(MadeUp.prompt(seed: 1)) != first)
  }

  @Test func oneKeySwapsWithWhatWasLookedAtBefore() throws {
    var history = TreeHistory()
    #expect(throws: TreeError.noOtherBranch) { try history.swap() }
    let a = try history.add(MadeUp.prompt())
    let b = try history.add(MadeUp.prompt(seed: 1), variant: Variant(of: a, .start))
    try history.swap()
    #expect(history.tree.current == a && history.tree.previous == b)
    try history.swap()
    #expect(history.tree.current == b && history.tree.previous == a)
    try history.undo()
    #expect(history.tree.current == a, "switching is undone too")
    try history.delete(b)
    #expect(throws: TreeError.noOtherBranch) { try history.swap() }
  }

  @Test func deletingLeavesOneSomewhere() throws {
    var history = TreeHistory()
    let a = try history.add(MadeUp.prompt())
    let token = try history.append(MadeUp.said(4), at: Fork(node: a, iteration: 2))
    _ = try history.append(MadeUp.said(5), at: Fork(node: token, iteration: 3))
    let before = history.tree
    try history.delete(token)
    #expect(history.tree.current == a && history.tree.count == 1)
    try history.undo()
    #expect(history.tree == before)
    let variant = try history.add(MadeUp.prompt(seed: 1), variant: Variant(of: token, .start))
    try history.delete(variant)
    #expect(history.tree.current == token, "the run it is a variant of")
    let other = try history.add(MadeUp.prompt([9]))
    try history.delete(a)
    #expect(history.tree.current == other && history.tree.count == 1)
    #expect(throws: TreeError.lastBranch) { try history.delete(other) }
    #expect(throws: TreeError.noSuchNode(a)) { try history.show(a) }
    #expect(throws: TreeError.noSuchNode(a)) {
      try history.append(MadeUp.said(1), at: Fork(node: a, iteration: 1))
    }
  }

  /// The numbers of what a file speaks of are not given again either.
  @Test func aTreeFromAFileCountsOn() throws {
    var history = TreeHistory()
    let a = try history.add(MadeUp.prompt())
    let b = try history.add(MadeUp.prompt(seed: 1), variant: Variant(of: a, .start))
    let c = try history.add(MadeUp.prompt(seed: 2), variant: Variant(of: b, .start))
    try history.delete(b)
    var read = TreeHistory(history.tree)
    #expect(!read.canUndo)
    #expect(try read.add(MadeUp.prompt(seed: 9)) == NodeID(c.value + 1))
  }

  @Test func aBranchIsTheWayToItsNode() throws {
    var history = TreeHistory()
    let a = try history.add(MadeUp.prompt())
    let b = try history.append(MadeUp.said(7), at: Fork(node: a, iteration: 24))
    let c = try history.append(MadeUp.said(8), at: Fork(node: b, iteration: 6))
    #expect(history.tree.path(to: c).map(\.id) == [a, b, c])
    #expect(history.tree.subtree(of: a) == [a, b, c])
    let lineage = try #require(history.tree.lineage(of: c))
    #expect(lineage.ids == [1, 2, 3, 7, 8])
    #expect(lineage.links.map(\.iteration) == [nil, 24, 6])
    #expect(
      lineage
        == Lineage(MadeUp.prompt()).appending(MadeUp.said(7), at: 24)
        .appending(MadeUp.said(8), at: 6))
    #expect(lineage.parent == history.tree.lineage(of: b))
    let other = Lineage(MadeUp.prompt()).appending(MadeUp.said(7), at: 23)
    #expect(lineage.common(with: other) == 1 && other.parent?.parent == nil)
    let bytes = try JSONEncoder().encode(lineage)
    #expect(try JSONDecoder().decode(Lineage.self, from: bytes) == lineage)
  }

  /// What makes no other bits makes no other lineage.
  @Test func aSeedThatDrawsNothingIsNoCause() throws {
    var sampling = Sampling()
    sampling.seed = 5
    #expect(TokenCause(id: 1, sampling: sampling) == MadeUp.said(1))
    sampling.temperature = 0.7
    sampling.topK = 4
    let drawn = TokenCause(id: 1, sampling: sampling)
    let bytes = try JSONEncoder().encode(Cause.token(drawn))
    #expect(
      String(decoding: bytes, as: UTF8.self)
        .contains("\"sampling\":\"temperature=0.7 top-k=4 seed=5\""))
    #expect(try JSONDecoder().decode(Cause.self, from: bytes) == .token(drawn))
  }

  @Test(arguments: [
    Start.usual, .zero, .embedded, .given(label: "s.safetensors:a"),
    .seeded(
      seed: .max, form: SeedForm(truncation: .erfinv, type: .bfloat16), scale: 0.5),
  ]) func startsAreData(start: Start) throws {
    let bytes = try JSONEncoder().encode(MadeUp.prompt().starting(start))
    let prompt = try JSONDecoder().decode(PromptCause.self, from: bytes)
    #expect(prompt.start == start && prompt.text == "x" && prompt.ids == [1, 2, 3])
  }

  /// A tree of a stranger: what cannot be is said, and nothing traps.
  @Test(arguments: [
    ("\"id\":2", "\"id\":1"), ("\"id\":1", "\"id\":0"), ("\"iteration\":3", "\"iteration\":-1"),
    ("\"node\":1", "\"node\":2"), ("\"node\":1", "\"node\":3"), ("[1,2,3]", "[]"),
    ("[1,2,3]", "[1,-2,3]"), ("\"position\":1", "\"position\":3"), ("\"of\":1", "\"of\":3"),
    ("\"current\":3", "\"current\":8"), ("\"current\":3", "\"previous\":3"),
    ("\"greedy\"", "\"hot\""), ("\"prompt\":{", "\"promise\":{"),
  ]) func aDamagedTreeIsRefused(old: String, new: String) throws {
    var history = TreeHistory()
    let a = try history.add(MadeUp.prompt())
    _ = try history.append(MadeUp.said(7), at: Fork(node: a, iteration: 3))
    _ = try history.add(
      MadeUp.prompt().replacing(1, by: 8), variant: Variant(of: a, .token(position: 1, old: 2)))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(history.tree), as: UTF8.self)
    try #require(text.contains(old))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(RunTree.self, from: Data(text.replacing(old, with: new).utf8))
    }
  }

  @Test func aListShowsWhatStandsUnderWhat() throws {
    var history = TreeHistory()
    let a = try history.add(MadeUp.prompt())
    let b = try history.append(MadeUp.said(7), at: Fork(node: a, iteration: 24))
    let c = try history.append(MadeUp.said(8), at: Fork(node: b, iteration: 6))
    let d = try history.append(MadeUp.said(9), at: Fork(node: c, iteration: 6))
    let seed = try history.add(MadeUp.prompt(seed: 5), variant: Variant(of: a, .start))
    let family = try history.add(
      (0..<3).map {
        (MadeUp.prompt().replacing(1, by: $0), Variant(of: a, .token(position: 1, old: 2)))
      }, label: "token 1: 0-2")
    let other = try history.add(MadeUp.prompt([4]))
    func list() -> [String] {
      history.tree.rows.map { row in
        let mark = row.isLast ? "└" : "├"
        switch row.item {
        case .branch(let nodes):
          return "\(row.depth)\(mark)" + nodes.map { "\($0)" }.joined(separator: "+")
        case .family(let family, let members):
          return "\(row.depth)\(mark)\(family.label) of \(members.count)"
        }
      }
    }
    #expect(
      list() == [
        "0├\(a)", "1├\(b)+\(c)+\(d)", "1├\(seed)", "1└token 1: 0-2 of 3", "2├\(family[0])",
        "2├\(family[1])", "2└\(family[2])", "0└\(other)",
      ])
    try history.show(c)
    #expect(list()[1...3] == ["1├\(b)+\(c)", "2└\(d)", "1├\(seed)"], "a line ends where one looks")
    let e = try history.append(MadeUp.said(1), at: Fork(node: c, iteration: 2))
    #expect(list()[1...4] == ["1├\(b)+\(c)", "2├\(d)", "2└\(e)", "1├\(seed)"])
    try history.delete(a)
    #expect(
      list() == [
        "0├\(seed)", "0├token 1: 0-2 of 3", "1├\(family[0])", "1├\(family[1])", "1└\(family[2])",
        "0└\(other)",
      ], "variants stand on their own")
  }

  /// Deep trees are as good as flat ones: nothing here calls itself.
  @Test func aLongTextIsOneLine() throws {
    var history = TreeHistory()
    var last = try history.add(MadeUp.prompt())
    for index in 0..<5000 {
      last = try history.append(MadeUp.said(index), at: Fork(node: last, iteration: 1))
    }
    #expect(history.tree.rows.count == 2 && history.tree.path(to: last).count == 5001)
    try history.delete(history.tree.children(of: NodeID(1))[0])
    #expect(history.tree.count == 1)
    try history.undo()
    #expect(history.tree.current == last && history.tree.count == 5001)
  }
}
