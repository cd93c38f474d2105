import Checkpoints
import LatentModels
import Tasks
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// Files of results, whole, cut and changed by every means that was thought of.
@Suite struct ResultFileTests {
  private static let file = "part.jsonl"

  /// Two levels at two depths and a rule: six lines.
  private func table(_ plan: String = "p", right: Int = 1) -> ResultTable {
    var table = ResultTable(plan: plan, starts: ["seed 0", "zero"])
    for level in [1, 2] {
      let group = ProblemGroup(task: "parity", difficulty: level, form: .latent)
      for measure in [
        ResultTable.Measure.iterations(1), .iterations(8),
        .exit(rule: "kl", scope: "last", threshold: 5e-4),
      ] {
        var tally = Tally(starts: 2)
        (tally.problems, tally.right, tally.agree) = (2, [right, 2], 1)
        (tally.tokens, tally.flops, tally.entropy) = (2, 4000, 77)
        tally.iterations = 2
        if case .iterations(let count) = measure { tally.iterations = 2 * count }
        (tally.diverged, tally.leftOut) = (0, 1)
        table.add(tally, at: ResultTable.Key(group: group, measure: measure))
      }
    }
    return table
  }

  private func part(_ index: Int, of count: Int = 2, right: Int = 1) throws -> [[UInt8]] {
    let shard = try #require(Shard("\(index)/\(count)"))
    return ResultFiles.lines(of: table(right: right), shard: shard).map { Array($0.utf8) }
  }

  private func merge(_ parts: [[[UInt8]]]) throws -> ResultTable {
    var merged = MergedTables()
    for (index, part) in parts.enumerated() { try merged.add(part, name: "part-\(index).jsonl") }
    return try merged.finish()
  }

  private func complaint(_ parts: [[[UInt8]]]) -> String {
    do {
      _ = try merge(parts)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test func wholePartsAddUp() throws {
    let sum = try merge([try part(0), try part(1, right: 2)])
    #expect(sum.rows.count == 6)
    for row in sum.rows {
      #expect(row.tally.problems == 4 && row.tally.right == [3, 4] && row.tally.leftOut == 2)
    }
    #expect(try merge([try part(0, of: 1)]) == table())
  }

  @Test func aCutPartIsRefusedWhereverItIsCut() throws {
    let (other, text) = (try part(1), Array(try part(0).joined(separator: [0x0A])))
    // The last line's end may be missing; nothing else.
    for end in 0..<text.count {
      let lines = text[..<end].split(separator: 0x0A, omittingEmptySubsequences: false)
      let words = complaint([lines.map { Array($0) }, other])
      #expect(words.hasPrefix("part-0.jsonl") && words.contains("again"), "\(end): \(words)")
    }
    #expect(try merge([text.split(separator: 0x0A).map { Array($0) }, other]).rows.count == 6)
  }

  @Test func everyByteCounts() throws {
    let lines = try part(0, of: 1)
    for place in lines[2].indices {
      for change: UInt8 in [1, 0x10, 0x80] {
        var changed = lines
        changed[2][place] ^= change
        let words = complaint([changed])
        #expect(words.contains("part-0.jsonl, line 3 "), "\(place): \(words)")
      }
    }
  }

  @Test func lostDoubledAndSwappedLinesAreNamed() throws {
    let (lines, other) = (try part(0), try part(1))
    for place in lines.indices {
      var lost = lines
      lost.remove(at: place)
      let words = complaint([lost, other])
      #expect(
        words.contains("result \(place + 1) is missing") && words.contains(", line "), "\(words)")
      var doubled = lines
      doubled.insert(lines[place], at: place)
      #expect(complaint([doubled, other]).contains("line \(place + 2) "))
      for second in lines.indices where second > place {
        var swapped = lines
        swapped.swapAt(place, second)
        #expect(complaint([swapped, other]).contains("part-0.jsonl, line \(place + 1) "))
      }
    }
    #expect(
      complaint([Array(lines[..<2]), other]).contains(
        "line 3 is not there: results 3 to 6 are missing"))
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let (first, second) = (try part(0), try part(1))
    #expect(complaint([first]) == "--merge lacks the results of shard 1/2.")
    #expect(complaint([first, first]).contains("which part-0.jsonl holds already"))
    #expect(complaint([first, try part(1, of: 3)]).contains("of 2 shards"))
    #expect(complaint([first + second]).contains("line 7 is of another file of results"))
    #expect(complaint([]).contains("was given no files"))
    #expect(complaint([[]]).contains("holds no results"))
    let foreign = ResultFiles.lines(of: table("q"), shard: try #require(Shard("1/2")))
    #expect(complaint([first, foreign.map { Array($0.utf8) }]).contains("other options"))
    #expect(complaint([try part(0, of: 1_000_000)]).contains("and 999991 more"))
    #expect(Shard("0/9223372036854775807") == nil)
  }

  @Test func filesOfEarlierVersionsAreRefused() throws {
    let old = #"{"schema":"muninn.eval/1","plan":"p","shard":"0/1","task":"parity","r":1,"n":2}"#
    #expect(complaint([[Array(old.utf8)]]).contains("line 1 is of an earlier version of muninn"))
  }

  /// Numbers and texts that were never written, under a check that fits.
  @Test func whatCannotBeIsRefused() throws {
    let row = try #require(try part(0, of: 1).first)
    for line in Mutations.all(row) {
      do throws(RowProblem) {
        let read = try ResultRow(line)
        #expect(read.tally.problems >= 0 && read.tally.right.allSatisfy { $0 <= 2 })
        #expect(["parity", "problems"].contains(read.key.group.task))
        var sum = read.tally
        for _ in 0..<3 { sum += sum }
        #expect(sum.iterations >= 0 && sum.asked >= 0)
        var one = ResultTable(plan: "p", starts: read.starts)
        one.add(sum, at: read.key)
        let printed = AccuracyReport(one).lines + [AccuracyChart(one, title: "x").svg]
        #expect(printed.allSatisfy { !$0.contains("\u{1B}") })
      } catch {
        #expect(!error.words.contains("\u{1B}"))
      }
    }
  }

  /// Lines damaged at random, with a check that fits and with one that does not.
  @Test func damagedPartsAreReadOrRefused() throws {
    let (lines, other) = (try part(0), try part(1))
    var dice = Dice(seed: 8)
    var refused = 0
    let attempts = Effort.times(200)
    for _ in 0..<attempts {
      var changed = lines
      let place = dice.below(lines.count)
      changed[place] = damage(lines[place], &dice)
      let words = complaint([changed, other])
      #expect(isPrintable(words))
      if words != "none" { refused += 1 }
    }
    #expect(refused > attempts / 2 && refused < attempts)
  }

  private func damage(_ line: [UInt8], file: String = "", _ dice: inout Dice) -> [UInt8] {
    guard let whole = try? JSONValue(parsing: line), dice.once(in: 2),
      let members = dice.damage(whole).members?.filter({ $0.name != "check" })
    else { return dice.damage(line) }
    return Array(CheckedLine.seal(members, file: file).utf8)
  }

  @Test func damagedRunsAreReadOrRefused() throws {
    let run = try run()
    let lines = lines(run)
    let head = RunFile(run, shard: .whole, name: "").head
    var dice = Dice(seed: 9)
    var refused = 0
    let attempts = Effort.times(200)
    for _ in 0..<attempts {
      var changed = lines
      let place = dice.below(lines.count)
      changed[place] = damage(lines[place], file: place == 0 ? "" : head, &dice)
      do {
        var table = ResultTable(run.plan, groups: run.set.groups)
        for record in try read(changed, run) {
          table.add(record, of: run.set.problems[record.number].group, run.plan)
        }
        #expect(table.rows.allSatisfy { $0.tally.right[0] <= $0.tally.problems })
      } catch {
        #expect(error is ResultFailure && isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(refused > attempts / 2)
  }

  // MARK: Files to go on from

  private func run() throws -> EvaluationRun {
    let problems = try Embedded.problems("parity", [1], count: 4)
    let set = ProblemSet(kind: .exact, problems: problems)
    return EvaluationRun(
      plan: EvaluationPlan(
        model: "m", problems: set, iterations: [1, 2], starts: [Embedded.start],
        exits: [ExitChoice(try #require(ExitRule.named("kl")), scope: .last)]), set: set)
  }

  private func record(_ number: Int) -> ProblemRecord {
    var record = ProblemRecord(number: number)
    record.promptTokens = 4
    (record.tokens, record.right, record.finite) = ([1, 1], [0, 1], [1, 1])
    (record.entropy, record.flops, record.agree) = ([5, 6], [70, 80], [1, 1])
    record.exits = [.init(iterations: 2, right: 1, flops: 9, tokens: 1)]
    return record
  }

  private func lines(_ run: EvaluationRun) -> [[UInt8]] {
    let file = RunFile(run, shard: .whole, name: "a.run")
    let records = [record(0), record(2), ProblemRecord(number: 3, leftOut: "it is too long")]
    return ([file.head] + records.map(file.line)).map { Array($0.utf8) }
  }

  private func read(_ lines: [[UInt8]], _ run: EvaluationRun) throws -> [ProblemRecord] {
    var file = RunFile(run, shard: .whole, name: "a.run")
    for line in lines { try file.add(line) }
    return file.records
  }

  @Test func whatWasKeptComesBack() throws {
    let run = try run()
    let lines = lines(run)
    #expect(try read(lines, run).map(\.number) == [0, 2, 3])
    #expect(try read(lines + lines.dropFirst(), run).count == 3)
    #expect(try read([lines[0], lines[3], lines[1]], run).count == 2)
    #expect(try read(lines, run)[2].leftOut == "it is too long")
  }

  @Test func aChangedLineIsNotGoneOnFrom() throws {
    let run = try run()
    let lines = lines(run)
    for place in [0, 2] {
      for byte in lines[place].indices {
        var changed = lines
        changed[place][byte] ^= 1
        #expect {
          try read(changed, run)
        } throws: {
          "\($0)".contains("a.run, line \(place + 1) ")
        }
      }
      for end in lines[place].indices {
        var cut = lines
        cut[place] = Array(cut[place][..<end])
        #expect(throws: ResultFailure.self) { try read(cut, run) }
      }
    }
  }

  @Test func numbersThatCannotBeAreNotGoneOnFrom() throws {
    let run = try run()
    let lines = lines(run)
    let head = RunFile(run, shard: .whole, name: "").head
    for line in Mutations.all(lines[1], file: head) {
      var table = ResultTable(run.plan, groups: run.set.groups)
      guard let records = try? read([lines[0], line], run) else { continue }
      for record in records + records {
        table.add(record, of: run.set.problems[record.number].group, run.plan)
      }
      #expect(table.rows.allSatisfy { $0.tally.right[0] <= $0.tally.problems })
    }
    // Of another run, however well it fits.
    let other = record(1).line(file: "another head")
    #expect(throws: ResultFailure.self) { try read([lines[0], Array(other.utf8)], run) }
    var contrary = record(0)
    contrary.right = [1, 1]
    let twice = lines + [Array(RunFile(run, shard: .whole, name: "").line(contrary).utf8)]
    #expect {
      try read(twice, run)
    } throws: {
      "\($0)".contains("line 5 says of problem 1 something else than line 2")
    }
  }
}

extension MergedTables {
  mutating func add(_ lines: [[UInt8]], name: String) throws {
    var rest = lines[...]
    try add(name: name) { rest.popFirst() }
  }
}

/// Every value of a line in turn replaced by others, each time with a check that fits.
private enum Mutations {
  static func all(_ line: [UInt8], file: String = "") -> [[UInt8]] {
    guard let members = (try? JSONValue(parsing: line))?.members?.filter({ $0.name != "check" })
    else { return [] }
    return JSONDamage.all(of: .object(members)).compactMap(\.members).map {
      Array(CheckedLine.seal($0, file: file).utf8)
    }
  }
}
