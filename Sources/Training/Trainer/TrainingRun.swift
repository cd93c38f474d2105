import Foundation
import LatentModels
import Tensors

/// A run in a folder: steps, history, checkpoints, and the model at the end.
public final class TrainingRun {
  /// What does not decide what is computed.
  public struct Options: Sendable {
    /// Steps between lines of the history.
    public var recordEvery = 10
    /// Lines of the history between measurements of accuracy.
    public var measureEvery = 20
    /// Problems of each task in a measurement.
    public var problems = 16
    /// Numbers of iterations measured, ascending.
    public var readouts = [1, 4, 16, 64]
    /// Seconds between checkpoints.
    public var saveAfter = 60.0
    /// Steps between checkpoints.
    public var saveEvery = 1_000
    /// Stop, saved, when so many steps of the whole run are done.
    public var stopAtStep: Int?
    /// Stop, saved, after so many seconds of this part of the run.
    public var stopAfter: Double?
    /// How the weights of the model are stored.
    public var exportPrecision = ModelExport.Precision.float32

    public init() {}
  }

  /// What happens on the way.
  public enum Event: Sendable {
    case step(Trainer.StepReport, seconds: Double)
    case record(ProgressRecord)
    case saved(step: Int)
  }

  /// How a run, or a part of it, ended.
  public enum Ending: Sendable, Equatable {
    /// Every step is done.
    case finished
    /// A limit was reached; the run can be gone on with.
    case paused
    /// Somebody asked to stop; the run can be gone on with.
    case interrupted
  }

  public let recipe: TrainingRecipe
  public let trainer: Trainer
  public let layout: ParameterLayout
  private let directory: TrainingDirectory
  private let options: Options
  private let textFingerprint: UInt64
  /// What the history held when the run was resumed, oldest first.
  public let past: [ProgressRecord]
  private var lastAccuracy: AccuracyTable?

  /// Begins or resumes a run.
  /// - Parameters:
  ///   - text: contents of the text the recipe names.
  ///   - makeEngine: gradients for the model of a configuration; tests give their own.
  /// - Throws: `TrainingError`, `CheckpointError`.
  public init(
    recipe: TrainingRecipe, text: [UInt8]?, directory path: String, resumes: Bool,
    options: Options = Options(), team: ThreadTeam,
    makeEngine: (RecurrentDepthConfiguration) throws -> any GradientEngine
  ) throws {
    self.recipe = recipe
    self.options = options
    let configuration = try RecurrentDepthConfiguration(
      ModelExport.configuration(recipe), vocabularyRows: ModelExport.vocabulary)
    let engine = try makeEngine(configuration)
    layout = engine.layout
    textFingerprint = Fingerprint.of(text ?? [])
    directory = try TrainingDirectory(path, resumes: resumes, parameters: layout.count)
    var state: TrainingState?
    if resumes {
      let checkpoint = try TrainingCheckpoint.read(directory.statePath)
      if let difference = recipe.difference(from: checkpoint.recipe) {
        throw TrainingError.otherRecipe(directory: path, difference: difference)
      }
      guard checkpoint.textFingerprint == textFingerprint else {
        throw TrainingError.otherRecipe(directory: path, difference: "the text is another one")
      }
      guard checkpoint.state.weights.count == layout.count else {
        throw TrainingError.damagedCheckpoint(
          file: directory.statePath,
          problem: "it holds \(checkpoint.state.weights.count) weights, "
            + "the model has \(layout.count)")
      }
      state = checkpoint.state
      try directory.openHistory(at: checkpoint.historyBytes)
      past = directory.records()
      lastAccuracy = past.last { $0.accuracy != nil }?.accuracy
    } else {
      try directory.openHistory(at: 0)
      past = []
      try directory.write(recipe.json.serialized() + "\n", name: "recipe.json")
    }
    trainer = Trainer(
      recipe: recipe, engine: engine, text: text.flatMap(PlainText.init), state: state, team: team)
  }

  /// Begins or resumes a run of the model the recipe describes.
  public convenience init(
    recipe: TrainingRecipe, text: [UInt8]?, directory path: String, resumes: Bool,
    options: Options = Options(), team: ThreadTeam
  ) throws {
    try self.init(
      recipe: recipe, text: text, directory: path, resumes: resumes, options: options, team: team
    ) { configuration in
      try RecurrentDepthGradients(
        configuration, numerics: recipe.computation.precision == .float32 ? .exact : .fast,
        shards: recipe.computation.shards, team: team)
    }
  }

  /// The folder.
  public var path: String { directory.path }

  /// Takes steps until the end, a limit or a wish to stop; always leaves a checkpoint and a model.
  /// - Parameter isCancelled: asked before each step. It may wait: a pause does not count as training.
  /// - Throws: `TrainingError`; the last checkpoint stays.
  public func run(
    isCancelled: () -> Bool = { false }, onEvent: (Event) throws -> Void = { _ in }
  ) throws -> Ending {
    let clock = ContinuousClock()
    var start = clock.now
    var (last, lastSave) = (start, start)
    // Something to resume from the first moment on.
    if trainer.state.step == 0 { try save(onEvent) }
    var ending = Ending.finished
    while !trainer.isFinished {
      let asked = clock.now
      if isCancelled() {
        ending = .interrupted
        break
      }
      let pause = clock.now - asked
      start += pause
      last += pause
      let isOutOfTime = options.stopAfter.map { seconds(clock.now - start) >= $0 } ?? false
      if isOutOfTime || trainer.state.step >= options.stopAtStep ?? .max {
        ending = .paused
        break
      }
      guard let report = try trainer.step() else { break }
      let now = clock.now
      let spent = seconds(now - last)
      trainer.spend(seconds: spent)
      last = now
      try onEvent(.step(report, seconds: spent))
      if report.step % options.recordEvery == 0 || trainer.isFinished {
        try record(report, onEvent)
      }
      if report.step % options.saveEvery == 0 || seconds(now - lastSave) >= options.saveAfter {
        try save(onEvent)
        lastSave = now
      }
    }
    try save(onEvent)
    try export(ending)
    return ending
  }

  private func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  private func record(_ report: Trainer.StepReport, _ onEvent: (Event) throws -> Void) throws {
    var accuracy: AccuracyTable?
    if report.step % (options.recordEvery * options.measureEvery) == 0 || trainer.isFinished {
      let shares = trainer.accuracy(readouts: options.readouts, problems: options.problems)
      if !shares.isEmpty {
        accuracy = AccuracyTable(
          readouts: options.readouts, shares: shares, problems: options.problems)
        lastAccuracy = accuracy
      }
    }
    let window = trainer.takeWindow()
    let steps = Double(max(1, window.steps))
    let record = ProgressRecord(
      step: report.step, stage: recipe.stages[report.stage].name, loss: window.loss / steps,
      gradientNorm: window.gradientNorm / steps, iterations: Double(window.iterations) / steps,
      rate: report.rate, limits: trainer.state.limits, seconds: trainer.state.seconds,
      tokens: trainer.state.tokens, accuracy: accuracy)
    try directory.append(record.json)
    try onEvent(.record(record))
  }

  private func save(_ onEvent: (Event) throws -> Void) throws {
    try directory.save(trainer.state, recipe: recipe, textFingerprint: textFingerprint)
    try onEvent(.saved(step: trainer.state.step))
  }

  private func export(_ ending: Ending) throws {
    let card = ModelCard(
      recipe: recipe, state: trainer.state, accuracy: lastAccuracy, parameters: layout.count,
      precision: options.exportPrecision)
    try ModelExport(recipe: recipe, precision: options.exportPrecision).write(
      trainer.state.average, layout: layout, card: card.text, to: directory)
  }
}
