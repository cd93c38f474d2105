import Foundation
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Two branches on one clock, and families of them.
@Suite struct ComparisonTests {
  /// Two runs of prompts of their own.
  private func compare(
    _ a: [[Int]], _ b: [[Int]], ids: ([Int], [Int]) = ([1, 2], [1, 2]),
    distances: BranchDistances? = nil
  ) throws -> BranchComparison {
    var runs = Runs()
    let first = try runs.add(MadeUp.prompt(ids.0), MadeUp.trajectory(ids.0, a))
    let second = try runs.add(MadeUp.prompt(ids.1, seed: 1), MadeUp.trajectory(ids.1, b))
    return try #require(BranchComparison(runs, first, second, distances: distances))
  }

  @Test func twoStartsThatComeTogether() throws {
    let pair = try compare(
      [[9, 9], [3, 7], [3, 7], [3, 5], [3, 5]], [[8, 8], [4, 7], [3, 7], [3, 6], [3, 5]])
    #expect(pair.parts == Address(token: 0, iteration: 1), "s0 is compared with nothing")
    #expect(pair.sameFrom == 4)
    #expect(pair.cell(Address(token: 1, iteration: 3)) == .differs(a: 5, b: 6))
    #expect(pair.cell(Address(token: 1, iteration: 4)) == .same(5))
    #expect(pair.cell(Address(token: 1, iteration: 5)) == .neither)
    #expect(pair.cell(Address(token: 2, iteration: 1)) == .neither)
    #expect(pair.changedTokens.isEmpty)
  }

  @Test func theFindingIsASentence() throws {
    let distances = BranchDistances([
      BranchDistances.Iteration(divergence: [1, 1], distance: [5, 5]),
      BranchDistances.Iteration(divergence: [1, 1], distance: [4, 4]),
      BranchDistances.Iteration(divergence: [0, 0], distance: [1.8e-5, 2.4e-5]),
    ])
    func words(_ pair: BranchComparison, isASCII: Bool = false) -> String {
      pair.finding.words(("seed 0", "seed 1"), isASCII: isASCII) {
        "<\(Int(($0 * 1e6).rounded()))e-6>"
      }
    }
    let same = try compare(
      [[9, 9], [3, 7], [3, 5]], [[8, 8], [4, 7], [3, 5]], distances: distances)
    #expect(
      words(same) == "A seed 0, B seed 1: same answers from r 2 on; "
        + "‖ln_f(A) − ln_f(B)‖ at the last r: <30e-6>")
    #expect(!words(same, isASCII: true).contains { !$0.isASCII })
    #expect(
      same.finding.shortWords { "<\(Int(($0 * 1e6).rounded()))e-6>" }
        == "same answers from r 2 on, in the end ‖ln_f(A) − ln_f(B)‖ <30e-6>")
    let other = try compare([[9, 9], [3, 7], [3, 5]], [[8, 8], [3, 7], [3, 6]])
    #expect(
      other.finding.shortWords { "\($0)" }
        == "t5 and t6 at the last r; parting at token 1, r 2")
    #expect(
      words(other)
        == "A seed 0, B seed 1: t5 and t6 at the last r, parting at token 1, r 2")
    let elsewhere = try compare([[9, 9], [3, 7]], [[8, 8], [4, 7]])
    #expect(
      words(elsewhere) == "A seed 0, B seed 1: both say t7 at the last r, other positions differ, "
        + "parting at token 0, r 1")
    let shorter = try compare([[9, 9], [3, 7]], [[8, 8], [3, 7], [3, 8]])
    #expect(words(shorter) == "A seed 0, B seed 1: same answers from r 1 on, as far as r 1")
    let lost = try compare([[9, 9], [3, 7]], [[8, 8], [3, MadeUp.nothing]])
    #expect(
      words(lost) == "A seed 0, B seed 1: t7 and nothing (diverged) at the last r, parting at "
        + "token 1, r 1")
    let none = try compare([[9, 9]], [[8, 8], [3, 7]])
    #expect(words(none) == "A seed 0, B seed 1: no iteration in common yet")
  }

  /// Two runs that are no numbers any more have nothing in common.
  @Test func whatDivergedSaysNothingAndAgreesWithNothing() throws {
    let nothing = MadeUp.nothing
    let pair = try compare(
      [[0, 0], [3, 7], [3, nothing]], [[0, 0], [3, 7], [3, nothing]])
    #expect(pair.cell(Address(token: 1, iteration: 2)) == .differs(a: nil, b: nil))
    #expect(pair.sameFrom == nil && pair.parts == Address(token: 1, iteration: 2))
    let nan = Matrix(rows: 1, columns: 2, values: [.nan, 0])
    let row = Matrix(rows: 1, columns: 2, values: [1, 0])
    let next = BranchDistances.Iteration(logits: (row, nan), normalized: (row, nan))
    #expect(next.divergence[0]?.isNaN == true && next.distance[0]?.isNaN == true)
    #expect(FamilySpread.whole([row, nan])?.isNaN == true)
  }

  @Test func aChangedTokenKeepsPositions() throws {
    let pair = try compare(
      [[0, 0], [3, 7], [3, 5]], [[0, 0], [3, 7], [3, 6]], ids: ([1, 2], [8, 2]))
    #expect(pair.changedTokens == [0] && pair.parts == Address(token: 1, iteration: 2))
    #expect(pair.sameFrom == nil && pair.finding.answerOfB?.id == 6)
    #expect(pair.tokens(0).a?.id == 1 && pair.tokens(0).b?.id == 8)
  }

  /// Appended tokens have runs of their own lengths, and one text more of them than the other.
  @Test func raggedTextsAreComparedWhereBothAre() throws {
    var runs = Runs()
    let prompt = try runs.add(
      MadeUp.prompt([1, 2]), MadeUp.trajectory([1, 2], [[0, 0], [3, 4], [3, 5], [3, 5]]))
    let a = try runs.append(
      MadeUp.said(5), at: Fork(node: prompt, iteration: 3),
      MadeUp.trajectory([5], [[0], [6], [7], [8]]))
    let b = try runs.append(
      MadeUp.said(4), at: Fork(node: prompt, iteration: 1), MadeUp.trajectory([4], [[0], [6], [7]]))
    let c = try runs.append(
      MadeUp.said(7), at: Fork(node: b, iteration: 2), MadeUp.trajectory([7], [[0], [1]]))
    let pair = try #require(BranchComparison(runs, a, c))
    #expect(pair.rows == 4 && pair.commonRows == 3 && pair.changedTokens == [2])
    #expect(pair.commonIterations(of: 2) == 2 && pair.commonIterations(of: 3) == 0)
    #expect(pair.cell(Address(token: 2, iteration: 3)) == .onlyA(8))
    #expect(pair.cell(Address(token: 3, iteration: 1)) == .onlyB(1))
    #expect(pair.tokens(3).a == nil && pair.tokens(3).b?.id == 7)
    #expect(pair.parts == nil && pair.sameFrom == 1 && pair.finding.isPartial)
  }

  /// Where they part and meet, against the definition.
  @Test(arguments: 0..<40 as Range<UInt64>) func partingAndMeetingAsDefined(seed: UInt64) throws {
    var choose = Dice(seed: seed)
    let rows = 1 + choose.below(4)
    func answers(_ choose: inout Dice) -> [[Int]] {
      (0...1 + choose.below(6)).map { _ in
        (0..<rows).map { _ in choose.below(5) / 4 }
      }
    }
    let (a, b) = (answers(&choose), answers(&choose))
    let ids = Array(0..<rows)
    let pair = try compare(a, b, ids: (ids, ids))
    let last = min(a.count, b.count) - 1
    let differing = (1...last).flatMap { iteration in
      (0..<rows).filter { a[iteration][$0] != b[iteration][$0] }
        .map { Address(token: $0, iteration: iteration) }
    }
    #expect(pair.parts == differing.first)
    let latest = differing.last?.iteration ?? 0
    #expect(pair.sameFrom == (latest == last ? nil : latest + 1))
  }

  @Test func divergencesAndDistancesOfKnownNumbers() {
    let a = Matrix(rows: 2, columns: 2, values: [0, 0, 0, log(3)])
    let b = Matrix(rows: 3, columns: 2, values: [0, log(3), 0, log(3), 7, 7])
    let next = BranchDistances.Iteration(
      logits: (a, b),
      normalized: (
        Matrix(rows: 2, columns: 2, values: [0, 0, 1, 1]),
        Matrix(rows: 3, columns: 2, values: [3, 4, 1, 1, 9, 9])
      ))
    // ½ ln(½ / ¼) + ½ ln(½ / ¾)
    let expected = 0.5 * log(2.0) + 0.5 * log(2.0 / 3)
    #expect(abs(Double(next.divergence[0] ?? 0) - expected) < 1e-6)
    #expect(next.divergence.count == 2 && (next.divergence[1] ?? 1) < 1e-7)
    #expect(next.distance == [5, 0])
    var distances = BranchDistances([next])
    distances.append(BranchDistances.Iteration(divergence: [0.5, nil], distance: [12, nil]))
    #expect(distances.norm(0) == 5 && distances.norm(1) == 12 && distances.norm(2) == nil)
    #expect(distances.divergence(Address(token: 0, iteration: 1)) == 0.5)
    #expect(distances.distance(Address(token: 1, iteration: 1)) == nil)
    #expect(distances.distance(Address(token: 5, iteration: 9)) == nil)
    distances.append(BranchDistances.Iteration(divergence: [.nan, nil], distance: [.nan, nil]))
    #expect(distances.norm(2)?.isNaN == true, "what is no number makes none")
    #expect(BranchDistances.divergence(a.row(1), b.row(0)) == 0, "the same to the last bit")
  }

  /// They come one iteration at a time, of texts that go on meanwhile.
  @Test func distancesAreAskedForWhereBothWere() throws {
    var runs = Runs()
    let first = try runs.add(
      MadeUp.prompt([1, 2]), MadeUp.trajectory([1, 2], [[0, 0], [3, 4], [3, 5]]))
    let a = try runs.append(
      MadeUp.said(5), at: Fork(node: first, iteration: 2), MadeUp.trajectory([5], [[0], [6]]))
    let other = try runs.add(
      MadeUp.prompt([1, 2], seed: 1),
      MadeUp.trajectory([1, 2], [[0, 0], [3, 4], [3, 5], [3, 5]]))
    let b = try runs.append(
      MadeUp.said(5), at: Fork(node: other, iteration: 3), MadeUp.trajectory([5], [[0]]))
    var distances = BranchDistances()
    func pair() throws -> BranchComparison {
      try #require(BranchComparison(runs, a, b, distances: distances))
    }
    #expect(try pair().firstUnknown == 0 && pair().lastDistance == nil)
    #expect(try pair().lastIterations == [[2, 1], [3, 0]])
    let known = BranchDistances.Iteration(divergence: [1, 1, 1], distance: [2, 2, 1])
    distances.take(known, at: 0)
    #expect(try pair().firstUnknown == 1)
    let part = BranchDistances.Iteration(divergence: [1, 1, nil], distance: [2, 2, nil])
    distances.take(part, at: 2)
    #expect(try pair().firstUnknown == 1, "the one between is not known")
    distances.take(part, at: 1)
    #expect(try pair().firstUnknown == nil && pair().lastDistance == 3)
    runs.extend(b) { $0.append(MadeUp.step(1, [6])) }
    #expect(try pair().firstUnknown == 1 && pair().lastDistance == nil)
    distances.take(BranchDistances.Iteration(divergence: [1, 1, 1], distance: [2, 2, 8]), at: 1)
    #expect(try pair().firstUnknown == nil)
    #expect(try abs((pair().lastDistance ?? 0) - Float(72).squareRoot()) < 1e-5)
  }

  @Test func pathsOfOnePlaneGoOnWhereTheyWere() throws {
    // On a line through space: one component has all there is.
    func path(_ values: [Float]) -> Matrix {
      Matrix(rows: values.count, columns: 2, values: values.flatMap { [3 * $0, 4 * $0] })
    }
    let projector = try SharedProjector(
      token: 7, paths: [path([0, 1, 2]), path([5])], isCancelled: { false })
    var plane = projector.plane([path([0, 1, 2]), path([5])])
    #expect(plane.token == 7 && plane.fitted == [3, 1] && plane.paths.map(\.count) == [3, 1])
    #expect(abs((plane.explainedVarianceRatio.first ?? 0) - 1) < 1e-6)
    let apart = plane.paths[1][0][0] - plane.paths[0][0][0]
    #expect(abs(abs(apart) - 25) < 1e-4, "one scale, one origin")
    plane.append(projector.plane([path([2, 3]), path([])]).paths, from: [2, 1])
    #expect(plane.paths.map(\.count) == [4, 1])
    #expect(abs(abs(plane.paths[0][3][0] - plane.paths[0][2][0]) - 5) < 1e-4)
    plane.append([[[1, 1]], [[1, 1]]], from: [9, 9])
    #expect(plane.paths.map(\.count) == [4, 1], "there is no gap in a path")
  }

  @Test func aFamilySpreads() {
    let members = [[0, 0, 1, 1], [6, 8, 1, 1]].map {
      Matrix(rows: 2, columns: 2, values: $0)
    }
    #expect(FamilySpread.rows(members) == [5, 0] && FamilySpread.whole(members) == 5)
    #expect(FamilySpread.rows([members[0]]) == nil)
    let three = [[0], [3], [6]].map { Matrix(rows: 1, columns: 1, values: $0) }
    #expect(FamilySpread.rows(three) == [2], "3, 0 and 3 from their mean")
    let together = Matrix(rows: 1, columns: 1, values: [4])
    let curve = FamilySpread.curve([
      [three[0], together, together], [three[2], together], [three[1]],
    ])
    #expect(curve == [2, 0, nil])
  }

  @Test func aSweepIsATable() throws {
    var runs = Runs()
    let base = try runs.add(
      MadeUp.prompt([1, 2]), MadeUp.trajectory([1, 2], [[0, 0], [0, 3], [0, 3]]))
    let members = try runs.act { (history) throws(TreeError) in
      try history.add(
        (4..<8).map {
          (
            MadeUp.prompt([1, 2]).replacing(0, by: $0),
            Variant(of: base, .token(position: 0, old: 1))
          )
        }, label: "token 0: 4-7")
    }
    let answers = [[[0, 9], [0, 3], [0, 3]], [[0, 9], [0, 6], [0, 3]], [[0, 9], [0, 5]]]
    for (index, answers) in answers.enumerated() {
      runs.begin(members[index], MadeUp.trajectory([4 + index, 2], answers))
    }
    let family = try #require(runs.tree[members[0]]?.family)
    let table = SweepTable(family, runs)
    #expect(table.rows.map(\.label) == ["t4", "t5", "t6"], "nothing is known of the last")
    #expect(table.rows.map(\.answer?.id) == [3, 3, 5])
    #expect(table.rows.map(\.standsSince) == [1, 2, 1])
    #expect(table.rows.map(\.token) == [4, 5, 6] && table.rows[2].iterations == 1)
    #expect(table.rows[2].entropy == 0.5)
    #expect(table.votes.map(\.answer?.id) == [3, 5] && table.votes.map(\.count) == [2, 1])
    // With what they are variants of, in its place.
    let variants = try #require(runs.tree.variants(of: family))
    #expect(variants == Variants(of: MadeUp.prompt([4, 2]), position: 0))
    #expect(SweepTable(variants, runs).rows.map(\.label) == ["t1", "t4", "t5", "t6"])
  }
}
