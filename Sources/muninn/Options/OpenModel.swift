import Checkpoints
import Engine
import LatentModels
import Tasks
import Tensors
import Trajectories

extension Workbench {
  /// Opens a checkpoint as a workbench: weights packed, tokenizer at hand.
  /// - Parameters:
  ///   - plan: how it is understood, where that is known already.
  ///   - tell: told what every command should say of the model.
  static func open(
    _ checkpoint: Checkpoint, plan: ModelPlan? = nil, team: ThreadTeam, start: StartOptions? = nil,
    precision: Precision = .exact, addSpecialTokens: Bool = true,
    tell: (String) -> Void = StandardError.say,
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Workbench {
    let plan = try plan ?? ModelPlan(checkpoint)
    plan.warnings.forEach(tell)
    let model = try plan.open(
      WeightPacking(precision: precision, team: team, progress: progress))
    let facts = model.facts
    let seedForm = start?.seedForm.form ?? SeedForm()
    let summary = ModelSummary(
      name: precision == .exact ? checkpoint.name : "\(checkpoint.name) (\(precision.rawValue))",
      defaultIterations: facts.defaultIterations,
      parameters: facts.parameters, width: facts.width, vocabularySize: facts.vocabularySize,
      maximumTokens: facts.maximumTokens, trainedDepth: facts.trainedDepth,
      answersFrom: facts.answersFrom,
      hasFixedStart: facts.hasFixedStart, usualStart: facts.usualStart.drawn(as: seedForm),
      seedForm: seedForm, coreBlocks: facts.layers.core, passes: facts.passes,
      injection: facts.injection, looksBothWays: facts.looksBothWays,
      hasNormedStates: !facts.normedBlocks.isEmpty,
      hasExitGate: model.exitGate != nil,
      thinksOnce: facts.thoughts != nil, thoughtStop: facts.thoughts?.tokens.stop,
      notes: plan.warnings, tasks: checkpoint.trainedTasks)
    let files = Set(checkpoint.files.map(\.path))
    return Workbench(
      model: model, summary: summary,
      codec: TextCodec(
        checkpoint.tokenizer, addSpecialTokens: addSpecialTokens, thoughts: facts.thoughts),
      givenState: try start?.givenState(tell: tell),
      seedForm: seedForm, stopTokens: StopTokens.of(checkpoint),
      trouble: { FileWatch.trouble(of: files).map { "\($0)" } })
  }
}

extension Checkpoint {
  /// The tasks the model says it was trained on, by name; none for a model that says nothing.
  var trainedTasks: Set<String> {
    Set((configuration[ReasoningTask.configurationKey]?.array ?? []).compactMap(\.string))
  }
}
