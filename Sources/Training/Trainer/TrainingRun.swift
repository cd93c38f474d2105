import Checkpoints
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
    /// Bytes of memory that may be taken; nil: as many as the system has.
    public var memory: Int?

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
  private let history: TrainingHistory
  private let options: Options
  private let textFingerprint: UInt64
  /// What the history held when the run was resumed, oldest first.
  public var past: [ProgressRecord] { history.records }
  private var lastAccuracy: AccuracyTable?

  /// Begins or resumes a run.
  /// - Parameters:
  ///   - text: contents of the text the recipe names.
  ///   - makeEngine: gradients for the model of a configuration; tests give their own.
  /// - Throws: `TrainingError`, `CheckpointError`.
  public init(
    recipe: TrainingRecipe, text: [UInt8]?, directory path: String, resumes: Bool,
    options: Options = Options(), team: ThreadTeam,
    makeEngine: (TrainedModel) throws -> any GradientEngine
  ) throws {
    self.recipe = recipe
    self.options = options
    let model = try TrainedModel(recipe)
    try TrainingMemory(
      recipe, layout: model.layout, textBytes: text?.count ?? 0,
      threads: team.count, problems: options.problems, readouts: options.readouts
    ).check(available: options.memory ?? MemoryBudget.available())
    let engine = try makeEngine(model)
    layout = engine.layout
    textFingerprint = Fingerprint.of(text ?? [])
    directory = try TrainingDirectory(path, resumes: resumes, parameters: layout.count)
    var state: TrainingState?
    if resumes {
      let stored = try TrainingCheckpoint.readRecipe(directory.statePath)
      if let difference = recipe.difference(from: stored) {
        throw TrainingError.otherRecipe(directory: path, difference: difference)
      }
      let checkpoint = try TrainingCheckpoint.read(
        directory.statePath, parameters: layout.count)
      guard checkpoint.textFingerprint == textFingerprint else {
        throw TrainingError.otherRecipe(directory: path, difference: "the text is another one")
      }
      state = checkpoint.state
      history = try TrainingHistory(directory.historyPath, of: checkpoint)
      lastAccuracy = history.records.last { $0.accuracy != nil }?.accuracy
    } else {
      history = try TrainingHistory(beginning: directory.historyPath)
    }
    // A resumed run's may have been lost; names and notes may be new.
    try directory.write(recipe)
    trainer = Trainer(
      recipe: recipe, engine: engine, text: text.flatMap(PlainText.init), state: state, team: team)
  }

  /// The recipe of the run in a folder, as its checkpoint keeps it.
  /// - Throws: `TrainingError` when there is none, or when `recipe.json` says something else: what is
  ///   changed there changes nothing.
  public static func recipe(in path: String) throws -> TrainingRecipe {
    let state = TrainingDirectory.statePath(path)
    guard FileManager.default.fileExists(atPath: state) else {
      throw TrainingError.nothingToResume(directory: path)
    }
    let recipe = try TrainingCheckpoint.readRecipe(state)
    let file = TrainingDirectory.recipePath(path)
    guard FileManager.default.fileExists(atPath: file) else { return recipe }
    var other = try TrainingRecipe(readingFile: file)
    if let difference = other.difference(from: recipe) {
      throw TrainingError.otherRecipe(directory: path, difference: difference)
    }
    (other.name, other.notes) = (recipe.name, recipe.notes)
    return other
  }

  /// Begins or resumes a run of the model the recipe describes.
  public convenience init(
    recipe: TrainingRecipe, text: [UInt8]?, directory path: String, resumes: Bool,
    options: Options = Options(), team: ThreadTeam
  ) throws {
    try self.init(
      recipe: recipe, text: text, directory: path, resumes: resumes, options: options, team: team
    ) { try $0.engine(recipe.computation, team: team) }
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
      let readouts = trainer.readouts(options.readouts)
      let shares = trainer.accuracy(readouts: readouts, problems: options.problems)
      if !shares.isEmpty {
        accuracy = AccuracyTable(
          readouts: readouts, shares: shares, problems: options.problems,
          limits: trainer.state.limits)
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
    try history.append(record.json)
    try onEvent(.record(record))
  }

  private func save(_ onEvent: (Event) throws -> Void) throws {
    try history.synchronize()
    try directory.save(
      TrainingCheckpoint(
        recipe: recipe, textFingerprint: textFingerprint, state: trainer.state,
        history: history.mark))
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
