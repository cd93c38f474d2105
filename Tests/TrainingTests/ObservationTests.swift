import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// Looking at one prompt while a model is trained.
@Suite struct ObservationTests {
  private func engine(shards: Int = 2) throws -> (RecurrentDepthGradients, [Float]) {
    var recipe = TrainingRecipe(
      name: "r", stages: [TrainingStage(name: "s", steps: 1, mix: ["parity": 1])])
    recipe.architecture.width = 16
    recipe.architecture.heads = 2
    recipe.architecture.feedForward = 32
    let configuration = try RecurrentDepthConfiguration(
      ModelExport.configuration(recipe), vocabularyRows: 256)
    let engine = try RecurrentDepthGradients(
      configuration, numerics: .exact, shards: shards, team: ThreadTeam(count: 1))
    let weights = Initialization(width: 16, effectiveLayers: 14).weights(engine.layout, seed: 3)
    return (engine, weights)
  }

  private let tokens = Array("\n#0110?".utf8).map(Int32.init)

  /// The readings are the predictions the accuracy is measured with.
  @Test func readingsAreThePredictions() throws {
    let (engine, weights) = try engine()
    let seen = try #require(
      engine.observation(of: weights, tokens: tokens, iterations: 6, start: .placed(seed: 4)))
    #expect(seen.states.count == 7 && seen.readings.count == 7)
    #expect(seen.states.allSatisfy { $0.count == 16 })
    let predicted = engine.predictions(
      of: weights, tokens: tokens, rows: 1, length: tokens.count, readouts: [1, 2, 6],
      start: .placed(seed: 4))
    #expect(
      predicted.map { Int($0[tokens.count - 1]) } == [1, 2, 6].map { seen.readings[$0].token })
    for reading in seen.readings {
      #expect(reading.probability > 1.0 / 256 && reading.probability < 1)
    }
    // ln_f with gains of 1: every state has length √width.
    for state in seen.states {
      let length = state.reduce(0) { $0 + $1 * $1 }
      #expect(abs(length - 16) < 0.01)
    }
    #expect(seen.states[0] != seen.states[1])
    let (other, _) = try self.engine(shards: 3)
    #expect(
      other.observation(of: weights, tokens: tokens, iterations: 6, start: .placed(seed: 4)) == seen
    )
  }

  /// A straight way along one axis, as long as the step says.
  private func look(_ reach: Float) -> PromptObservation {
    PromptObservation(
      states: (0...4).map { [reach * Float($0), 0.1 * Float($0 % 2), 0] },
      readings: Array(repeating: .init(token: 65, probability: 0.5), count: 5))
  }

  @Test func thePlaneStaysUntilTheStepsHaveDoubled() throws {
    var history = PathHistory()
    try history.add(look(1), step: 10)
    #expect(history.fittedAt == 10)
    let before = history.paths
    try history.add(look(2), step: 15)
    #expect(history.fittedAt == 10, "the plane stays")
    #expect(history.paths[0] == before[0], "and so do the ways in it")
    #expect(history.paths.map(\.step) == [10, 15])
    // Twice as far along the first component, which is the first axis.
    func span(_ path: PathHistory.Path) -> Float { path.points[4][0] - path.points[0][0] }
    #expect(abs(span(history.paths[1]) / span(history.paths[0]) - 2) < 1e-3)
    try history.add(look(3), step: 20)
    #expect(history.fittedAt == 20)
    try history.add(look(3), step: 25)
    #expect(history.fittedAt == 20)
    try history.fit()
    #expect(history.fittedAt == 25, "asked for")
    #expect(history.explainedShare > 0.99)
    // The plane stays, and a way that leaves it lowers the share that it shows.
    var aside = look(3)
    for index in aside.states.indices {
      aside.states[index][aside.states[index].count - 1] += Float(index * index * index)
    }
    try history.add(aside, step: 26)
    #expect(history.fittedAt == 25 && history.explainedShare < 0.95)
    aside.states[2][0] = .nan
    #expect(throws: PrincipalComponentsError.notFinite(row: 2, column: 0)) {
      try history.add(aside, step: 27)
    }
  }

  @Test func waysAreKeptAtDoublingSteps() throws {
    var history = PathHistory()
    for step in 1...200 { try history.add(look(Float(step)), step: step) }
    #expect(history.paths.map(\.step) == [16, 32, 64, 128, 200])
  }
}
