import ArgumentParser
import Explorer
import Foundation
import LatentModels
import Synchronization
import Tasks
import Training

/// Trains on a thread of its own while the screen shows how it goes.
struct TrainingWatch {
  let run: TrainingRun
  /// What is looked at all the time.
  let prompt: String

  /// Iterations of the prompt in each look.
  static let iterations = 32
  /// Seconds between looks.
  static let interval = 1.5

  /// Takes the terminal, trains, and gives the terminal back.
  /// - Returns: how training ended, nil when somebody left without waiting for the step at hand; and
  ///   the signal that asked to end.
  /// - Throws: `TerminalError`, and what training throws.
  func show(
    _ options: ExplorerOptions
  ) throws -> (ending: TrainingRun.Ending?, signal: Int32?) {
    let channel = TrainingChannel()
    let result = Mutex<Result<TrainingRun.Ending, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
    // Handed over: only the thread uses the run from here until it is done.
    nonisolated(unsafe) let run = run
    let prompt = prompt
    let thread = Thread {
      let answer = Result { try Self.train(run, prompt: prompt, channel: channel) }
      result.withLock { $0 = answer }
      let end: TrainingEnd =
        switch answer {
        case .success(.finished): .finished
        case .success: .stopped
        case .failure: .failed
        }
      channel.post(.ended(end))
      isDone.signal()
    }
    thread.name = "training"
    thread.stackSize = 8 << 20
    let ending = try TrainingApp.run(
      options, facts: facts, channel: channel, begin: { thread.start() })
    if ending.isForced { return (nil, ending.signal) }
    isDone.wait()
    return (try result.withLock { $0 }?.get(), ending.signal)
  }

  private var facts: TrainingFacts {
    var units: [String: String] = [:]
    for task in ReasoningTask.all { units[task.name] = task.unit }
    return TrainingFacts(
      name: run.recipe.name, folder: run.path,
      stages: run.recipe.stages.map { .init(name: $0.name, steps: $0.steps) }, units: units,
      prompt: prompt,
      answer: ReasoningTask.recognize(prompt, among: Set(run.recipe.tasks.map(\.name)))?.problem
        .answer)
  }

  /// The training thread.
  private static func train(
    _ run: TrainingRun, prompt: String, channel: TrainingChannel
  ) throws -> TrainingRun.Ending {
    var pace = TrainingPace()
    var history = PathHistory()
    var lastLook: ContinuousClock.Instant?
    let recipe = run.recipe

    func look() {
      let most = recipe.stages.compactMap(\.thoughts?.count).max() ?? iterations
      guard let seen = run.trainer.observe(prompt, iterations: most) else { return }
      // States that are no numbers end the run at its next step, with a better word for it.
      guard (try? history.add(seen, step: run.trainer.state.step)) != nil else { return }
      post()
    }
    func post() {
      guard let fittedAt = history.fittedAt else { return }
      let paths = history.paths.map { path in
        TrainingPaths.Path(
          step: path.step, points: path.points,
          readings: path.readings.map {
            .init(text: text(of: $0.token), probability: $0.probability)
          })
      }
      channel.post(
        .looked(
          TrainingPaths(paths: paths, fittedAt: fittedAt, explainedShare: history.explainedShare)))
    }

    for record in run.past { channel.post(.record(TrainingRecord(record))) }
    look()
    return try run.run(
      isCancelled: {
        channel.waitForLeave(fit: {
          guard (try? history.fit()) != nil else { return }
          post()
        })
      },
      onEvent: { event in
        switch event {
        case .step(let report, let seconds):
          let stage = recipe.stages[report.stage]
          pace.add(seconds: seconds, tokens: stage.rows * stage.length)
          channel.post(
            .step(
              TrainingStep(
                step: report.step, stage: report.stage, loss: report.loss,
                iterations: report.iterations, tokensPerSecond: pace.tokensPerSecond,
                secondsLeft: Double(recipe.steps - report.step) * pace.secondsPerStep)))
          if lastLook.map({ .now - $0 >= .seconds(interval) }) ?? true {
            look()
            lastLook = .now
          }
        case .record(let record): channel.post(.record(TrainingRecord(record)))
        case .saved(let step): channel.post(.saved(step: step))
        }
      })
  }

  /// Tokens are bytes, and those around thoughts.
  private static func text(of token: Int) -> String {
    String(decoding: ThoughtTokens.text(ofTrained: token), as: UTF8.self)
  }

  /// The prompt to look at: the given one, else one of what the recipe trains, cut to what the model
  /// takes.
  /// - Throws: `ValidationError` for a given one that is empty or too long.
  static func prompt(_ given: String?, for recipe: TrainingRecipe) throws -> String {
    // A model of thoughts ends a question with a line's end and a token, and thinks at least once.
    let room =
      recipe.architecture.context - (recipe.architecture.kind == .continuousThought ? 3 : 1)
    guard let given else { return String(decoding: usual(recipe).utf8.prefix(room), as: UTF8.self) }
    guard (1...room).contains(given.utf8.count) else {
      throw ValidationError(
        "--watch-prompt takes 1 to \(room) bytes with this recipe, not \(given.utf8.count).")
    }
    return given
  }

  private static func usual(_ recipe: TrainingRecipe) -> String {
    let names = Set(recipe.tasks.map(\.name))
    let steps = recipe.stages.compactMap(\.thoughts?.replacedSteps).max()
    if steps == nil, ReasoningTask.recognize(ExploreDefaults.prompt, among: names) != nil {
      return ExploreDefaults.prompt
    }
    guard let task = recipe.tasks.first else { return "Once upon a " }
    var random = TaskRandom(seed: recipe.seed)
    // With as many steps as are thought in the end.
    let difficulty = min(
      task.difficulties.upperBound, steps.map { max(1, $0) } ?? task.difficulties.lowerBound + 5)
    let form = task.forms.contains(.latent) ? AnswerForm.latent : task.forms[0]
    return task.make(difficulty, form, &random).prompt
  }
}

extension TrainingRecord {
  fileprivate init(_ record: ProgressRecord) {
    let accuracy = record.accuracy.map {
      TrainingAccuracy(
        readouts: $0.readouts, shares: $0.shares, problems: $0.problems, limits: $0.limits)
    }
    self.init(step: record.step, loss: record.loss, limits: record.limits, accuracy: accuracy)
  }
}
