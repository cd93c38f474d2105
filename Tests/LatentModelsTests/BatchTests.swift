import Checkpoints
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// A row's numbers do not depend on its company: what a batch gives is, bit for bit, what its
/// sequences give alone.
@Suite struct BatchTests {
  private static let models = Fixtures.ravenModels + Fixtures.familyModels + Fixtures.thoughtModels
  private static let lengths = [3, 1, 17, 6]

  private func open(_ name: String) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(
      WeightPacking(team: ThreadTeam(count: 2)))
  }

  private func ids(_ sequence: Int, _ count: Int, _ model: any LatentModel) -> [Int] {
    (0..<count).map { ($0 * 31 + sequence * 17 + 3) % model.facts.vocabularySize }
  }

  private func start(_ sequence: Int, _ model: any LatentModel) -> Start {
    if model.facts.hasFixedStart { return .embedded }
    return sequence == 1 ? .zero : .seed(UInt64(sequence))
  }

  private struct Outcome: Equatable {
    var states: [[Float]] = []  // [iterations] of one sequence's rows
    var logits: [Float] = []
    var normalized: [Float] = []
  }

  /// Runs sequences together, for some iterations, and reads them out.
  private func run(
    _ model: any LatentModel, _ sequences: [[Int]], _ starts: [Start], iterations: Int,
    after memory: Memory?
  ) throws -> (outcomes: [Outcome], memory: Memory?) {
    let context = try model.begin(sequences, after: memory, .plain)
    var streams = try starts.map { try StartStream($0, facts: model.facts) }
    var state = try model.initialState(from: &streams, in: context)
    var outcomes = sequences.map { _ in Outcome() }
    for iteration in 0...iterations {
      if iteration > 0 { state = try model.step(state, in: context, .plain) }
      #expect(state.iteration == iteration)
      for (index, span) in state.places.spans.enumerated() {
        outcomes[index].states.append(state.rows.rows(span.rows).values)
      }
    }
    let decoded = try model.decode(state, in: context, .plain)
    let logits = model.logits(decoded.hidden, positions: 0..<decoded.hidden.rows)
    let normalized = model.normalized(state.rows)
    for (index, span) in state.places.spans.enumerated() {
      outcomes[index].logits = logits.rows(span.rows).values
      outcomes[index].normalized = normalized.rows(span.rows).values
    }
    return (outcomes, decoded.memory)
  }

  @Test(arguments: models) func withoutMemory(name: String) throws {
    let model = try open(name)
    let sequences = Self.lengths.enumerated().map { ids($0, $1, model) }
    let starts = sequences.indices.map { start($0, model) }
    let together = try run(model, sequences, starts, iterations: 4, after: nil).outcomes
    for index in sequences.indices {
      let alone = try run(
        model, [sequences[index]], [starts[index]], iterations: 4, after: nil
      ).outcomes[0]
      #expect(together[index] == alone, "sequence \(index) of \(name)")
    }
  }

  /// Three rounds: a prompt, then pieces of different lengths with different iterations, then a token
  /// each; sequences keep to themselves also where some have been given more than others.
  @Test(arguments: models, ["full", "latest", "always-last", "latest-compress-anchor"])
  func withMemory(name: String, strategy: String) throws {
    let model = try open(name)
    let strategy = try CacheStrategy(parsing: strategy)
    let rounds: [(lengths: [Int], iterations: Int)] = [
      (Self.lengths, 3), ([1, 4, 1, 2], 5), ([1, 1, 1, 1], 2),
    ]
    var memory: Memory? = try model.memory(strategy, sequences: 4)
    var together: [[Outcome]] = []
    for (round, (lengths, iterations)) in rounds.enumerated() {
      let sequences = lengths.enumerated().map { ids($0 + round * 5, $1, model) }
      let step = try run(
        model, sequences, sequences.indices.map { start($0, model) }, iterations: iterations,
        after: memory)
      together.append(step.outcomes)
      memory = step.memory
    }
    for index in 0..<4 {
      var memory: Memory? = try model.memory(strategy)
      for (round, (lengths, iterations)) in rounds.enumerated() {
        let step = try run(
          model, [ids(index + round * 5, lengths[index], model)], [start(index, model)],
          iterations: iterations, after: memory)
        memory = step.memory
        #expect(together[round][index] == step.outcomes[0], "round \(round), sequence \(index)")
      }
    }
  }

  /// Two ways on from one place: neither knows of the other, and the place stays as it was.
  @Test(arguments: models) func forksKeepApart(name: String) throws {
    let model = try open(name)
    let prompt = ids(0, 9, model)
    let trunk = try run(
      model, [prompt], [start(0, model)], iterations: 3, after: try model.memory()
    ).memory
    func tail(_ token: Int, after memory: Memory?) throws -> Outcome {
      try run(model, [[token]], [start(2, model)], iterations: 3, after: memory).outcomes[0]
    }
    let (left, right) = (try tail(4, after: trunk), try tail(7, after: trunk))
    #expect(left != right)
    #expect(try tail(4, after: trunk) == left)
    let both = try run(
      model, [[4], [7]], [start(2, model), start(2, model)], iterations: 3,
      after: trunk?.selecting([0, 0])
    ).outcomes
    #expect(both == [left, right])
  }

  @Test func aStepThatIsStoppedChangesNothing() throws {
    let model = try open("raven-tiny-a")
    let context = try model.begin([5, 6, 7], after: try model.memory())
    let state = try model.step(try model.initialState(.zero, in: context), in: context, .plain)
    let stopped = Call(control: StepControl(isCancelled: { true }))
    #expect(throws: CancellationRequested.self) {
      _ = try model.step(state, in: context, stopped)
    }
    let before = state.memory?.positions()
    let after = try model.step(state, in: context, .plain)
    #expect(state.memory?.positions() == before)
    #expect(try model.step(state, in: context, .plain).rows == after.rows)
  }
}
