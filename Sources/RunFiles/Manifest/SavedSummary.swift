import Engine
import LatentModels
import Tensors

/// What a person is told of the model, as a manifest has it.
struct SavedSummary: Codable, Sendable {
  var name: String
  var defaultIterations: Int
  var parameters: Int
  var width: Int
  var vocabulary: Int
  var maximumTokens: Int
  var trainedDepth: Int?
  var answersFrom: Int
  var hasFixedStart: Bool
  var usualStart: Start
  var seedForm: SeedForm
  var coreBlocks: Int
  /// Blocks of a pass and passes of the low stack, where an iteration has passes.
  var passes: [Int]?
  /// How each element of a state decays: rates and steps, as many of one as of the other.
  var injection: [[Float]]?
  /// These two are missing in files of before.
  var looksBothWays: Bool?
  var hasNormedStates: Bool?
  var hasExitGate: Bool
  var thinksOnce: Bool
  var thoughtStop: Int?
  var notes: [String]
  var tasks: [String]

  init(_ summary: ModelSummary) {
    name = summary.name
    defaultIterations = summary.defaultIterations
    parameters = summary.parameters
    width = summary.width
    vocabulary = summary.vocabularySize
    maximumTokens = summary.maximumTokens
    trainedDepth = summary.trainedDepth
    answersFrom = summary.answersFrom
    hasFixedStart = summary.hasFixedStart
    usualStart = summary.usualStart
    seedForm = summary.seedForm
    coreBlocks = summary.coreBlocks
    passes = summary.passes.map { [$0.blocks, $0.low] }
    injection = summary.injection.map { [$0.rate, $0.step] }
    looksBothWays = summary.looksBothWays ? true : nil
    hasNormedStates = summary.hasNormedStates ? true : nil
    hasExitGate = summary.hasExitGate
    thinksOnce = summary.thinksOnce
    thoughtStop = summary.thoughtStop
    notes = summary.notes
    tasks = summary.tasks.sorted()
  }

  /// What cannot be counted is counted as one.
  var summary: ModelSummary {
    let passes = passes.flatMap { numbers in
      numbers.count == 2 && numbers.allSatisfy { (1...1000).contains($0) }
        ? ModelFacts.Passes(blocks: numbers[0], low: numbers[1]) : nil
    }
    let injection = injection.flatMap { numbers in
      numbers.count == 2 && numbers[0].count == width && numbers[1].count == width
        ? DiagonalInjection(rate: numbers[0], step: numbers[1]) : nil
    }
    func sane(_ number: Int, from least: Int = 0) -> Int { min(max(least, number), 1 << 40) }
    return ModelSummary(
      name: name, defaultIterations: min(sane(defaultIterations, from: 1), 100_000),
      parameters: sane(parameters), width: sane(width, from: 1),
      vocabularySize: sane(vocabulary, from: 1), maximumTokens: sane(maximumTokens, from: 1),
      trainedDepth: trainedDepth.map { sane($0, from: 1) }, answersFrom: sane(answersFrom),
      hasFixedStart: hasFixedStart, usualStart: usualStart, seedForm: seedForm,
      coreBlocks: min(sane(coreBlocks), 100_000), passes: passes,
      injection: injection?.isContracting == true ? injection : nil,
      looksBothWays: looksBothWays ?? false, hasNormedStates: hasNormedStates ?? false,
      hasExitGate: hasExitGate,
      thinksOnce: thinksOnce, thoughtStop: thoughtStop, notes: notes, tasks: Set(tasks))
  }
}
