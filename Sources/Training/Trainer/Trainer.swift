import Tasks
import Tensors

/// Takes the steps of a recipe, one after the other.
///
/// What a step computes depends on recipe, text and state alone: time, threads and how often the run
/// was cut make no difference.
public final class Trainer {
  public let recipe: TrainingRecipe
  public private(set) var state: TrainingState
  let engine: any GradientEngine
  private let optimizer: Optimizer
  private let text: PlainText?
  private let team: ThreadTeam
  private var gradients: [Float]
  /// The stage at hand and what draws its data.
  private var current: (stage: Int, maker: BatchMaker)?

  /// - Parameters:
  ///   - state: where to go on; nil begins with drawn weights.
  public init(
    recipe: TrainingRecipe, engine: any GradientEngine, text: PlainText? = nil,
    state: TrainingState? = nil, team: ThreadTeam
  ) {
    self.recipe = recipe
    self.engine = engine
    self.text = text
    self.team = team
    optimizer = Optimizer(layout: engine.layout, settings: recipe.optimizer, team: team)
    gradients = [Float](repeating: 0, count: engine.layout.count)
    if let state {
      precondition(state.weights.count == engine.layout.count, "a state of another model")
      self.state = state
    } else {
      let initialization = Initialization(
        width: recipe.architecture.width, effectiveLayers: recipe.architecture.effectiveLayers)
      let seed = RandomStreams.seed(recipe.seed, .weights, step: 0)
      self.state = TrainingState(weights: initialization.weights(engine.layout, seed: seed))
    }
  }

  /// Whether every step is done.
  public var isFinished: Bool { state.step >= recipe.steps }

  /// What one step did.
  public struct StepReport: Sendable, Equatable {
    /// Steps done, this one included.
    public var step: Int
    public var stage: Int
    public var loss: Double
    /// Euclidean norm of the gradient before it was shortened.
    public var gradientNorm: Double
    public var iterations: Int
    /// Factor on the learning rates.
    public var rate: Double
    /// Accuracy at the limit of each task that was tried for promotion.
    public var promotion: [String: Double]
  }

  /// Takes one step.
  /// - Returns: nil when all steps are done.
  /// - Throws: `TrainingError.diverged`, with the state as it was before the step.
  public func step() throws(TrainingError) -> StepReport? {
    guard let place = recipe.place(of: state.step) else { return nil }
    let stage = recipe.stages[place.stage]
    let maker = begin(place, stage)
    let step = state.step

    var random = TaskRandom(seed: RandomStreams.seed(recipe.seed, .recurrence, step: step))
    let mean = stage.recurrence.mean(step: place.step, of: stage.steps)
    let rule = stage.thoughts?.drawn(&random)
    let draw =
      rule.map { RecurrenceDraw(iterations: $0.count, differentiated: $0.count) }
      ?? stage.recurrence.draw(mean: mean, random: &random)
    let batch = maker.batch(
      step: step, limits: state.limits, replaced: rule?.replacedSteps ?? 0, team: team)
    let report = engine.gradients(
      of: state.weights, batch: batch, recurrence: draw,
      start: .placed(seed: RandomStreams.seed(recipe.seed, .initialStates, step: step)),
      into: &gradients)
    let norm = GradientClip.apply(limit: recipe.optimizer.clip, to: &gradients)
    guard report.loss.isFinite, norm.isFinite else { throw .diverged(step: step) }

    let rate = stage.learningRate.factor(step: place.step, of: stage.steps)
    state.follow(gradients, optimizer: optimizer, rate: rate)
    state.step += 1
    state.tokens += stage.rows * stage.length
    state.window.loss += report.loss
    state.window.gradientNorm += norm
    state.window.iterations += draw.iterations
    state.window.steps += 1

    var promotion: [String: Double] = [:]
    if (place.step + 1) % stage.curriculum.every == 0 {
      promotion = Curriculum(stage: stage).promote(
        &state.limits, weights: state.average, engine: engine, mean: mean, seed: recipe.seed,
        step: step)
    }
    return StepReport(
      step: state.step, stage: place.stage, loss: report.loss, gradientNorm: norm,
      iterations: draw.iterations, rate: rate, promotion: promotion)
  }

  private func begin(_ place: (stage: Int, step: Int), _ stage: TrainingStage) -> BatchMaker {
    if place.step == 0 { state.limits = Curriculum(stage: stage).begin(state.limits) }
    if let current, current.stage == place.stage { return current.maker }
    let maker = BatchMaker(stage, weights: recipe.lossWeights, text: text, seed: recipe.seed)
    current = (place.stage, maker)
    return maker
  }

  /// Accuracy of the averaged weights by task at its limit, for a look at the progress.
  /// - Parameters:
  ///   - readouts: numbers of iterations, ascending.
  ///   - problems: of each task.
  /// - Returns: shares in the order of `readouts`, for each task of the stage at hand.
  public func accuracy(readouts: [Int], problems: Int) -> [String: [Double]] {
    guard let place = recipe.place(of: max(0, state.step - 1)) else { return [:] }
    let stage = recipe.stages[place.stage]
    let seed = RandomStreams.seed(recipe.seed, .measurement, step: state.step)
    var random = TaskRandom(seed: seed)
    var probe = AccuracyProbe(replaced: stage.thoughts?.replacedSteps)
    for task in Curriculum(stage: stage).tasks {
      probe.add(
        task, difficulty: state.limits[task.name] ?? task.difficulties.lowerBound,
        count: problems, random: &random)
    }
    return probe.accuracy(
      of: state.average, engine: engine, readouts: readouts, seed: random.next())
  }

  /// What accuracy is measured after: numbers of iterations as given; of thoughts, as many as the stage at
  /// hand has, once it writes no step any more any number up to them.
  public func readouts(_ given: [Int]) -> [Int] {
    guard let place = recipe.place(of: max(0, state.step - 1)) else { return given }
    let stage = recipe.stages[place.stage]
    guard let rule = stage.thoughts else { return given }
    let hardest = Curriculum(stage: stage).tasks.map { $0.longestSteps(state.limits[$0.name] ?? 1) }
    let writesNone = rule.replacedSteps >= hardest.max() ?? 0
    return writesNone ? Array(0...rule.count) : [rule.count]
  }

  /// Empties the sums that a line of the history averages over.
  public func takeWindow() -> LossWindow {
    defer { state.window = LossWindow() }
    return state.window
  }

  /// Adds time that was spent.
  public func spend(seconds: Double) { state.seconds += seconds }
}
