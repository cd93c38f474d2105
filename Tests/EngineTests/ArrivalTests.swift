import Tensors
import Testing
import Trajectories

@testable import Engine

/// How far predictions are from the last, against logits read one by one.
@Suite struct ArrivalTests {
  @Test(arguments: EngineTests.withThoughts) func itIsTheDivergenceOfTheLogits(name: String) throws
  {
    for budget in [1 << 30, 0] {
      let bench = try EngineTests.workbench(name)
      let engine = Engine(bench, candidates: 2, budget: budget)
      // Forty rows are two chunks.
      let lineage = Lineage(try engine.begin([EngineTests.beginnings(bench)[2]])[0].0)
      for _ in 0..<3 { _ = try engine.step([lineage]) }
      let arrival = try engine.arrival(lineage)
      let rows = arrival.divergence[0].count
      let end = try engine.logits(lineage, 3, rows: 0..<rows)
      #expect(rows == 40 && arrival.last == 3)
      for iteration in 0...3 {
        let now = try engine.logits(lineage, iteration, rows: 0..<rows)
        for row in 0..<rows {
          let expected = Operations.softmaxStatistics(now.row(row), previous: end.row(row))
            .divergenceFromPrevious
          let found = try #require(arrival.divergence(token: row, iteration: iteration))
          #expect(abs(Double(found) - (expected ?? .nan)) < 1e-6, "\(row) at \(iteration)")
        }
      }
      #expect(arrival.divergence[3].allSatisfy { $0 == 0 })
      #expect(arrival.divergence[0].contains { ($0 ?? 0) > 0 })
    }
  }

  /// A piece at a time, and after every step, it comes to the same; what was read is read once.
  @Test func piecesAndStepsComeToTheSame() throws {
    let bench = try EngineTests.workbench(EngineTests.embedded)
    let engine = Engine(bench, candidates: 2)
    let lineage = Lineage(try engine.begin([EngineTests.beginnings(bench)[0]])[0].0)
    var following = ArrivalWork(lineage, room: 1 << 20)
    _ = try following.advance(engine, to: 0, reading: 1)
    for iteration in 1...6 {
      _ = try engine.step([lineage])
      #expect(following.missing(upTo: iteration - 1) == 0)
      let arrival = try following.advance(engine, to: iteration, reading: 1)
      #expect(try arrival == engine.arrival(lineage), "at \(iteration)")
    }
    // Without room all but the last is read anew, two at a time.
    var bare = ArrivalWork(lineage, room: 0)
    #expect(bare.missing(upTo: 6) == 7)
    for _ in 0..<2 { #expect(try bare.advance(engine, to: 6, reading: 2) == nil) }
    #expect(try bare.advance(engine, to: 6, reading: 2) == engine.arrival(lineage))
  }

  /// Where too many iterations would have to be read again, new ones are held against the one that all
  /// others are held against, and nothing is read.
  @Test func whatComesLaterIsKnownToo() throws {
    let bench = try EngineTests.workbench(EngineTests.embedded)
    let engine = Engine(bench, candidates: 2)
    let lineage = Lineage(try engine.begin([EngineTests.beginnings(bench)[0]])[0].0)
    for _ in 0..<3 { _ = try engine.step([lineage]) }
    var bare = ArrivalWork(lineage, room: 0)
    #expect(bare.follow(engine, to: 3) == nil, "nothing to hold it against")
    let measured = try bare.advance(engine, to: 3, reading: .max)
    let before = try #require(measured)
    for iteration in 4...6 {
      _ = try engine.step([lineage])
      let followed = bare.follow(engine, to: iteration)
      let arrival = try #require(followed)
      #expect(arrival.last == 3 && arrival.divergence.count == iteration + 1)
      #expect(Array(arrival.divergence.prefix(4)) == before.divergence)
      let rows = before.divergence[0].count
      let found = Arrival.divergence(
        of: try engine.logits(lineage, iteration, rows: 0..<rows),
        from: try engine.logits(lineage, 3, rows: 0..<rows))
      #expect(arrival.divergence[iteration] == found)
    }
    // At rest all of it is held against the end.
    #expect(try bare.advance(engine, to: 6, reading: .max) == engine.arrival(lineage))
  }

  /// Where reading s₀ takes long it is left out, and nothing of it is read.
  @Test func theStartCanBeLeftOut() throws {
    let bench = try EngineTests.workbench(EngineTests.embedded)
    let engine = Engine(bench, candidates: 2)
    let lineage = Lineage(try engine.begin([EngineTests.beginnings(bench)[0]])[0].0)
    var work = ArrivalWork(lineage, room: 1 << 30, skipsStart: true)
    let start = try work.advance(engine, to: 0, reading: 1)
    #expect(start?.last == 0 && start?.divergence == [[nil, nil, nil, nil, nil]])
    for iteration in 1...3 {
      _ = try engine.step([lineage])
      #expect(work.missing(upTo: iteration - 1) == 0, "nothing is read for it")
      #expect(try work.advance(engine, to: iteration, reading: 0)?.last == iteration)
    }
    work = ArrivalWork(lineage, room: 0, skipsStart: true)
    #expect(work.missing(upTo: 3) == 3)
    // The last was read by the step, and two are left.
    let measured = try work.advance(engine, to: 3, reading: 2)
    let (found, whole) = (try #require(measured), try engine.arrival(lineage))
    #expect(found.divergence[0].count == 5 && found.divergence[0].allSatisfy { $0 == nil })
    #expect(!found.hasStart && whole.hasStart)
    #expect(found.divergence.dropFirst() == whole.divergence.dropFirst())
  }

  /// Comparing all iterations at every step is little work at first; later it is done where there are half
  /// as many again, so that it grows with the iterations and not with their square.
  @Test func whatIsMuchIsComparedNowAndThen() throws {
    let bench = try EngineTests.workbench(EngineTests.embedded)
    let engine = Engine(bench, candidates: 2)
    let lineage = Lineage(try engine.begin([EngineTests.beginnings(bench)[2]])[0].0)
    var work = ArrivalWork(lineage, room: 1 << 30)
    _ = try work.advance(engine, to: 0, reading: 1)
    let values = 40 * bench.model.facts.vocabularySize
    var anew: [Int] = []
    for iteration in 1...100 {
      _ = try engine.step([lineage])
      if work.isTooMuch(upTo: iteration) {
        let followed = work.follow(engine, to: iteration)
        #expect(followed?.last == anew.last && followed?.divergence.count == iteration + 1)
      } else {
        #expect(try work.advance(engine, to: iteration, reading: 0)?.last == iteration)
        anew.append(iteration)
      }
    }
    let few = ArrivalWork.mostAtOnce / values
    #expect(few > 12 && few < 40, "\(few)")
    #expect(Array(anew.prefix(few - 1)) == Array(1..<few))
    #expect(anew.count - few < 6, "\(anew)")
    // At rest all of it is what it would be at once.
    #expect(try work.advance(engine, to: 100, reading: .max) == engine.arrival(lineage))
  }
}
