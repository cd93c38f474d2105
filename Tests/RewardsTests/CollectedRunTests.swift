import Checkpoints
import Evaluation
import ParallelScaling
import TestSupport
import Testing

@testable import Rewards

/// Rollouts and their labels.
@Suite struct CollectedRunTests {
  /// Every completion by itself, one after another, from the beginning.
  @Test(arguments: CollectedExample.all)
  func labelsAreSharesOfRunsThatBeginAlike(_ example: CollectedExample) throws {
    let run = try example.run()
    let model = try example.opened()
    let records = try example.records(run)
    var between = 0
    for record in records {
      let (reader, copies) = try run.plan.sampled.asked(
        record.number, run.set.problems[record.number], model)
      let runner = EnsembleRunner(model: model.model, plan: copies)
      let alone = try (0..<4).map { try runner.run([$0])[0] }
      let correct = alone.map(reader.isRight)
      guard let rollouts = record.rollouts else {
        #expect(record.outcome == .unanimous(right: correct[0]) && Set(correct).count == 1)
        continue
      }
      #expect(rollouts.correct == correct && Set(correct).count == 2)
      #expect(rollouts.ids == reader.ids && rollouts.steps == example.steps)
      let ways = alone.map { $0.thoughts.isEmpty ? Array($0.path.dropFirst()) : $0.thoughts }
      #expect(rollouts.states == ways.flatMap { $0.flatMap { $0 } })
      for (copy, hits) in rollouts.hits.enumerated() {
        for step in 1...example.steps {
          var right = 0
          for completion in 0..<5 {
            var thinking = try runner.begin([copy])
            for _ in 0..<step { try runner.advance(&thinking) }
            thinking.numbers = [
              run.plan.number(rollout: copy, prefix: step, completion: completion)
            ]
            for _ in step..<example.steps { try runner.advance(&thinking) }
            right += try reader.isRight(runner.finish(thinking)[0]) ? 1 : 0
          }
          #expect(hits[step - 1] == right, "problem \(record.number), \(copy), \(step)")
          between += (1..<5).contains(right) ? 1 : 0
        }
      }
    }
    #expect(records.contains { $0.rollouts != nil } && between > 0, "\(between)")
  }

  @Test(arguments: CollectedExample.all)
  func recordsAreTheSameInAnyCompany(_ example: CollectedExample) throws {
    let own = try example.records(example.run())
    #expect(try example.records(example.run(batch: 1)) == own)
    #expect(try example.records(example.run(batch: 3), threads: 2) == own)
    let last = own.count - 1
    #expect(try example.records(example.run(), numbers: [last]) == [own[last]])
  }

  /// No completion has the noise of another, nor of a rollout.
  @Test func everyCompletionHasItsOwnNoise() throws {
    let plan = try CollectedExample.all[0].run().plan
    var numbers: [Int] = []
    for rollout in [0, 1, 2, 9_999] {
      for prefix in [1, 2, 100_000] {
        for completion in [0, 1, CollectionPlan.mostCompletions - 1] {
          numbers.append(
            plan.number(rollout: rollout, prefix: prefix, completion: completion))
        }
      }
    }
    #expect(Set(numbers).count == 36 && numbers.allSatisfy { $0 >= SampledPlan.mostSamples })
  }

  @Test func whatIsDrawnBeforeIterationsMakesNoCompletions() throws {
    let run = try CollectedExample(model: nil, kind: "noise-on-e", strength: 0.5, starts: true)
      .run()
    #expect(run.plan.isSettledAtTheStart)
    #expect(try !CollectedExample.all[1].run().plan.isSettledAtTheStart)
  }

  /// Lines of a journal come back as they were, and those that were changed do not.
  @Test func linesComeBackAsTheyWere() throws {
    let example = CollectedExample.all[0]
    let run = try example.run()
    var records = try example.records(run)
    records.append(run.leavingOut(0, "it is long"))
    records.append(CollectedRecord(number: 1, outcome: .diverged))
    records.append(CollectedRecord(number: 2, outcome: .unanimous(right: true)))
    for record in records {
      let line = Array(record.line(file: "f").utf8)
      #expect(run.record(line, file: "f") == record && run.record(line, file: "g") == nil)
    }
    let kept = try #require(records.first { $0.rollouts != nil })
    let document = try #require(CheckedLine.open(Array(kept.line(file: "f").utf8), file: "f"))
    let members = try #require(document.members).filter { $0.name != "check" }
    var refused = 0
    for damaged in JSONDamage.all(of: .object(members)).compactMap(\.members) {
      let line = Array(CheckedLine.seal(damaged, file: "f").utf8)
      if run.record(line, file: "f") == nil { refused += 1 }
    }
    #expect(refused > 100)
  }
}
