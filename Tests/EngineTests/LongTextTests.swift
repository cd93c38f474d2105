import Testing
import Trajectories

@testable import Engine

/// Texts whose readouts take long: nothing waits for what does not need them, and all numbers are the same.
@Suite struct LongTextTests {
  @Test(arguments: EngineTests.withClocks) func theNumbersAreTheSame(name: String) throws {
    let bench = try EngineTests.workbench(name)
    let (usual, patient) = (Engine(bench, candidates: 3), Engine(bench, candidates: 3))
    patient.longReadout = 1
    let beginnings = EngineTests.beginnings(bench)
    let whole = try usual.begin(beginnings)
    let begun = try patient.begin(beginnings)
    let lineages = begun.map { Lineage($0.0) }
    for (index, lineage) in lineages.enumerated() {
      let run = begun[index].1
      #expect(!run.isStartRead && run.steps[0].readings.allSatisfy { $0.isUnread })
      #expect(run.divergence == nil && run.steps[0].measures == whole[index].1.steps[0].measures)
      let read = try patient.read(run, of: lineage)
      #expect(read.isStartRead)
      EngineTests.expectSame(read.steps[0], whole[index].1.steps[0], "\(name), s₀ of \(index)")
    }
    for iteration in 1...3 {
      let steps = try usual.step(lineages)
      let others = try patient.step(lineages)
      for index in steps.indices {
        EngineTests.expectSame(others[index], steps[index], "\(name), \(index) at \(iteration)")
        #expect(others[index].isRead)
      }
    }
  }

  /// What needs no readout is told before anything is read, then what is looked at, with the last token.
  @Test func whatNeedsNoReadoutIsToldFirst() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 1)
    engine.longReadout = 1
    let ids = (0..<100).map { $0 % engine.workbench.model.facts.vocabularySize }
    let lineage = Lineage(try engine.begin([.source(.ids(ids), .seed(1))])[0].0)
    var told: [EarlyStep] = []
    let step = try engine.step([lineage], reading: 5..<9, early: { told.append($0) })[0]
    guard case .made(let made, let rows)? = told.first else {
      Issue.record("nothing was told")
      return
    }
    #expect(made.measures == step.measures && made.iteration == 1)
    #expect(made.readings.count == 100 && made.readings.allSatisfy { $0.isUnread })
    #expect(try rows.values == engine.state(lineage, 1).values)
    let read = told.dropFirst().map { early -> Int in
      guard case .read(let first, let readings) = early else { return -1 }
      #expect(readings == Array(step.readings[first..<first + readings.count]))
      return first
    }
    #expect(read == [0, 96])
  }

  /// What is short is as it always was, and so are the few tokens that follow a long text.
  @Test func whatIsShortIsReadAtOnce() throws {
    let engine = Engine(try EngineTests.workbench("raven-tiny-a"), candidates: 1)
    let facts = engine.workbench.model.facts
    engine.longReadout = 4 * facts.vocabularySize * facts.width
    let begun = try EngineTests.beginnings(engine.workbench).map { try engine.begin([$0])[0] }
    #expect(begun.map(\.1.isStartRead) == [false, true, false, true])
    let lineage = Lineage(begun[0].0)
    #expect(engine.isLong(lineage))
    _ = try engine.step([lineage])
    let next = try engine.next(after: lineage, at: 1, choice: .chosen(3))
    guard case .token(let cause, let token) = next else {
      Issue.record("the text ended")
      return
    }
    #expect(token.isStartRead && !engine.isLong(lineage.appending(cause, at: 1)))
    #expect(!Engine(engine.workbench, candidates: 1).isLong(lineage), "unless it is asked for")
  }
}
