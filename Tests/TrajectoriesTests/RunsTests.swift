import TestSupport
import Testing

@testable import Trajectories

/// What was computed, beside the tree.
@Suite struct RunsTests {
  /// A run of so many iterations.
  private func trajectory(_ ids: [Int], _ iterations: Int) -> Trajectory {
    MadeUp.trajectory(
      ids, (0...iterations).map { iteration in ids.map { $0 + iteration } })
  }

  /// A branch is a text: the run of its prompt, then that of each token, each with the iteration at
  /// which the next was taken.
  @Test(arguments: 0..<10 as Range<UInt64>) func aBranchIsAText(seed: UInt64) throws {
    var choose = Dice(seed: seed)
    var runs = Runs()
    let prompt = Array(1...2 + choose.below(4))
    let begun = trajectory(prompt, 1 + choose.below(9))
    var nodes = [try runs.add(MadeUp.prompt(prompt), begun)]
    // What a branch to each has to say: its tokens, and where each was taken.
    var texts = [nodes[0]: (ids: prompt, taken: [Int?.none])]
    for id in 0..<40 {
      let parent = choose.one(of: nodes)
      let last = try #require(runs[parent]).trajectory.lastIteration
      let iteration = 1 + choose.below(last)
      let token = trajectory([id], 1 + choose.below(9))
      let node = try runs.append(
        MadeUp.said(id), at: Fork(node: parent, iteration: iteration), token)
      nodes.append(node)
      let before = try #require(texts[parent])
      texts[node] = (before.ids + [id], before.taken.dropLast() + [iteration, nil])
    }
    for node in nodes {
      let branch = try #require(runs.branch(to: node))
      let (ids, taken) = try #require(texts[node])
      #expect(branch.node == node && branch.tokenCount == ids.count)
      #expect(branch.appended.map(\.id) == Array(ids.dropFirst(prompt.count)))
      #expect(branch.promptCount == prompt.count && branch.passages.map(\.taken) == taken)
      #expect(
        branch.passages.map(\.iterations)
          == branch.passages.map { $0.taken ?? $0.trajectory.lastIteration })
      var next = 0
      for passage in branch.passages {
        #expect(passage.tokens.lowerBound == next, "positions follow one another")
        next = passage.tokens.upperBound
      }
      for token in 0..<branch.tokenCount {
        #expect(branch.token(token).id == ids[token])
        #expect(branch.passages[branch.passage(of: token)].tokens.contains(token))
        let last = branch.lastIteration(of: token)
        #expect(branch.reading(Address(token: token, iteration: last)) != nil)
        #expect(branch.reading(Address(token: token, iteration: last + 1)) == nil)
      }
      #expect(
        runs.tree.lineage(of: node)?.ids == (0..<branch.tokenCount).map { branch.token($0).id })
    }
  }

  /// Computing is no act: what arrives meanwhile is there when a run comes back.
  @Test func iterationsArriveAnywhereAndAreNeverUndone() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 2))
    let b = try runs.append(MadeUp.said(4), at: Fork(node: a, iteration: 2), trajectory([4], 0))
    func extend(_ id: NodeID) -> Bool {
      runs.extend(id) { $0.append(MadeUp.step($0.lastIteration + 1, [0])) }
    }
    #expect(extend(b))
    try runs.act { (history) throws(TreeError) in try history.show(a) }
    #expect(extend(b), "not looked at")
    try runs.act { (history) throws(TreeError) in try history.delete(b) }
    #expect(runs.branch(to: b) == nil && extend(b), "deleted")
    try runs.undo()
    #expect(runs.branch(to: b)?.last.iterations == 3)
    try runs.undo()
    try runs.undo()
    #expect(runs.tree.count == 1 && extend(b), "undone")
    try runs.redo()
    #expect(runs.branch?.last.iterations == 4 && runs.tree.current == b)
    try runs.undo()
    let c = try runs.append(MadeUp.said(5), at: Fork(node: a, iteration: 1), trajectory([5], 0))
    #expect(!extend(b) && runs[b] == nil, "no redo brings it back any more")
    #expect(c > b && runs.branch(to: c)?.appended.map(\.id) == [5])
  }

  /// A family is in the tree before its runs begin; an undo in between loses none of them.
  @Test func aFamilyBeginsWhenItBegins() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 2))
    let members = try runs.act { (history) throws(TreeError) in
      try history.add(
        (1..<4 as Range<UInt64>).map { (MadeUp.prompt(seed: $0), Variant(of: a, .start)) },
        label: "3 seeds")
    }
    #expect(runs.tree.current == members[0] && runs.branch == nil)
    runs.begin(members[0], trajectory([1, 2, 3], 0))
    try runs.undo()
    runs.begin(members[1], trajectory([1, 2, 3], 0))
    try runs.redo()
    #expect(runs.branch(to: members[0]) != nil && runs.branch(to: members[1]) != nil)
    #expect(runs.branch(to: members[2]) == nil)
  }

  /// What is there already is not begun twice, and one looks where one looked.
  @Test func aFamilyTakesInWhatIsThere() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 2))
    let five = try runs.add(
      MadeUp.prompt(seed: 5), variant: Variant(of: a, .start), trajectory([1, 2, 3], 1))
    try runs.act { (history) throws(TreeError) in try history.show(a) }
    func starts(_ seeds: Range<UInt64>) -> [(PromptCause, Variant?, Trajectory)] {
      ([MadeUp.prompt().starting(.zero)] + seeds.map { MadeUp.prompt(seed: $0) }).map {
        ($0, Variant(of: a, .start), trajectory([1, 2, 3], 0))
      }
    }
    let nodes = try runs.add(starts(4..<7), label: "4 starts")
    #expect(nodes.count == 4 && nodes[2] == five && runs.tree.current == a)
    #expect(runs[five]?.trajectory.lastIteration == 1 && runs[nodes[0]] != nil)
    #expect(runs.tree[five]?.family == nil && runs.tree[nodes[3]]?.family?.label == "4 starts")
    #expect(runs.history.last == .added([nodes[0], nodes[1], nodes[3]]))
    let before = runs.history
    #expect(try runs.add(starts(4..<7), label: "again") == nodes && runs.history == before)
    let variants = Variants(of: MadeUp.prompt(), position: nil)
    #expect(variants.nodes(in: runs.tree) == [nodes[0], a, nodes[1], five, nodes[3]])
    let family = try #require(runs.tree[nodes[0]]?.family)
    try runs.act { (history) throws(TreeError) in try history.delete(family) }
    #expect(runs.tree.nodes.map(\.id) == [a, five] && runs.tree.current == a)
    #expect(runs.history.last == .deleted(nodes[0]))
    #expect(throws: TreeError.noSuchNode(family.id)) {
      try runs.act { (history) throws(TreeError) in try history.delete(family) }
    }
    try runs.undo()
    try runs.undo()
    #expect(runs.tree.nodes.map(\.id) == [a, five])
    try runs.redo()
    #expect(variants.nodes(in: runs.tree).count == 5)
  }

  @Test func variantsDifferInOneThing() {
    let base = MadeUp.prompt([1, 2, 3], seed: 4)
    let second = Variants(of: base, position: 1)
    #expect(second.contains(base) && second.contains(base.replacing(1, by: 9)))
    #expect(!second.contains(base.replacing(0, by: 9)))
    #expect(!second.contains(base.starting(.zero)) && !second.contains(MadeUp.prompt([1, 2])))
    let starts = Variants(of: base, position: nil)
    #expect(starts.contains(base.starting(.zero)) && !starts.contains(base.replacing(1, by: 9)))
  }

  @Test func actsAreJoined() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 2))
    runs.joinLast()
    #expect(runs.history.last == .added([a]), "there is no other")
    let other = try runs.add(MadeUp.prompt(seed: 1), trajectory([1, 2, 3], 2))
    try runs.act { (history) throws(TreeError) in try history.show(a) }
    let before = runs.tree
    var node = a
    for token in 4..<7 {
      node = try runs.append(
        MadeUp.said(token), at: Fork(node: node, iteration: 2), trajectory([token], 2))
      if token > 4 { runs.joinLast() }
    }
    try runs.act { (history) throws(TreeError) in try history.name(node, "far") }
    runs.joinLast()
    let after = runs.tree
    #expect(runs.history.last == .added([NodeID(3), NodeID(4), NodeID(5)]))
    try runs.undo()
    #expect(runs.tree == before && runs.tree.previous == other)
    runs.joinLast()
    #expect(runs.tree == before && runs.history.canRedo, "nothing to join while one can redo")
    try runs.redo()
    #expect(runs.tree == after && runs.branch?.tokenCount == 6)
  }

  @Test func nothingLeavesFromWhatWasNotThought() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 2))
    for iteration in [3, -1] {
      let fork = Fork(node: a, iteration: iteration)
      #expect(throws: TreeError.noSuchPlace(fork)) {
        try runs.append(MadeUp.said(4), at: fork, trajectory([4], 0))
      }
    }
    #expect(throws: TreeError.self) {
      try runs.add(PromptCause(text: "", ids: [], start: .zero), trajectory([1], 0))
    }
    #expect(runs.tree.count == 1 && !runs.history.canRedo)
  }

  @Test func causesAreSaid() throws {
    var runs = Runs()
    let a = try runs.add(MadeUp.prompt(), trajectory([1, 2, 3], 24))
    let token = try runs.append(
      MadeUp.said(7), at: Fork(node: a, iteration: 24), trajectory([7], 1))
    let seed = try runs.add(
      MadeUp.prompt(seed: 5), variant: Variant(of: a, .start), trajectory([1, 2, 3], 1))
    let changed = try runs.add(
      MadeUp.prompt().replacing(1, by: 9), variant: Variant(of: a, .token(position: 1, old: 2)),
      trajectory([1, 9, 3], 1))
    let zero = try runs.add(MadeUp.prompt().starting(.zero), trajectory([1, 2, 3], 1))
    #expect(
      [a, token, seed, changed].map { runs.words($0) } == [
        "prompt x", "»t7", "seed 5", "token 1 't2'→'t9'",
      ])
    #expect(runs.words(changed, isASCII: true) == "token 1 't2'->'t9'")
    #expect(
      runs.label(token) == "»t7 at r 24" && runs.label(token, isASCII: true) == ">>t7 at r 24")
    #expect(runs.labels(a, changed) == ("seed 0", "token 1 't2'→'t9'"))
    #expect(runs.labels(a, token) == ("prompt x", "»t7 at r 24"))
    #expect(runs.labels(zero, a) == ("zero start", "seed 0"))
    let another = try runs.add(MadeUp.prompt().replacing(2, by: 8), trajectory([1, 2, 8], 1))
    #expect(runs.labels(a, another) == ("token 2 't3'", "token 2 't8'"))
    let later = try runs.append(
      MadeUp.said(7), at: Fork(node: zero, iteration: 1), trajectory([7], 1))
    #expect(runs.labels(token, later) == ("seed 0", "zero start"), "that is what tells them apart")
    #expect(runs.labels(later, zero).a == "»t7 at r 1")
    try runs.act { (history) throws(TreeError) in try history.name(a, "mine") }
    #expect(runs.labels(a, changed).a == "mine")
    try runs.act { (history) throws(TreeError) in try history.delete(a) }
    #expect(runs.words(changed) == "token 1 't2'→'t9'", "what it was changed from is remembered")
  }

  @Test func anAnswerStands() throws {
    var runs = Runs()
    func run(_ seed: UInt64, _ answers: [[Int]]) throws -> NodeRun {
      let id = try runs.add(MadeUp.prompt([1, 2], seed: seed), MadeUp.trajectory([1, 2], answers))
      return try #require(runs[id])
    }
    let settled = try run(0, [[0, 0], [3, 8], [3, 5], [3, 5], [3, 5]])
    #expect(settled.answer?.best?.id == 5 && settled.standsSince == 2)
    let changed = try run(5, [[0, 5], [3, 5], [3, 5], [4, 5], [3, 5], [3, 6]])
    #expect(changed.answer?.best?.id == 6 && changed.standsSince == 5)
    #expect(try run(6, [[3, 5]]).standsSince == nil)
    #expect(try run(7, [[3, 5], [3, 5], [3, 5]]).standsSince == 1, "s0 says nothing")
    let diverged = try run(8, [[3, 5], [3, 5], [3, MadeUp.nothing]])
    #expect(diverged.answer?.best == nil && diverged.standsSince == nil)
    #expect(runs[NodeID(99)] == nil)
  }
}
