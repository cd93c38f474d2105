import ArgumentParser
import Checkpoints
import Evaluation
import LatentModels
import Tensors

/// `muninn eval --samples`: many copies of every problem.
extension EvalCommand {
  func sample(
    _ samples: Int, _ checkpoint: Checkpoint, _ understood: ModelPlan, _ set: ProblemSet,
    _ places: Outputs
  ) throws {
    let iterations = try sweep.iterationsOfCopies()
    sayDepth(iterations, understood.facts)
    let models = try model.evaluationModels(understood, checkpoint)
    guard let start = try sweep.starts(understood.facts).first, let first = models.first else {
      return
    }
    // Models that compute each on a thread of their own share one judge, who does so too.
    let scores = try judging.judging(
      for: first.model.facts,
      packing: WeightPacking(
        precision: model.precision, team: models.count > 1 ? .single : model.team()))
    let plan = try copies.plan(
      samples, of: first.model,
      mark: EvaluationPlan.mark(
        of: understood, name: checkpoint.name, precision: model.precision),
      problems: set, iterations: iterations, start: start, tokens: sweep.tokens,
      exit: try sweep.exitOfCopies(), judging: scores)
    try judging.checkBeams(
      endsItself: iterations == nil && first.model.facts.thoughts?.tokens.stop != nil,
      isHeld: copies.perturbation.held, isPlain: plan.isPlain, depth: "--r")
    let part = shard.flatMap(Shard.init) ?? .whole
    // Half of what is free, shared by the threads that have models of their own.
    let room = MemoryBudget.available().map { $0 / 2 / models.count }
    let run = SampledRun(plan: plan, set: set, room: room, batch: copies.batch)
    let file = try resume.map { try ResumableFile($0, run: run, shard: part) }
    var records: [SampledRecord] = []
    try unfinished(run, part, file).finish(models: models) { records.append($0) }
    let table = SampledTable(plan, records: records)
    try write(
      table, to: places, shard: part, problems: set.problems.count,
      title: "\(checkpoint.name): \(table.words)")
    try judge(table)
  }

  /// What the numbers do not say by themselves.
  /// - Throws: the exit status of a run without answers.
  func judge(_ table: SampledTable) throws {
    if table.lost > 0 {
      StandardError.say(
        "\(table.lost) copies diverged: their states or logits are not finite (NaN or infinity), and "
          + "they answer nothing; less noise keeps them finite")
    }
    if table.diverged > 0 {
      StandardError.say(
        "\(table.diverged) of \(table.asked) problems diverged without noise: their logits are not "
          + "finite (NaN or infinity), and they count as no answer")
    }
    try judge(asked: table.asked, leftOut: table.leftOut, diverged: table.diverged)
  }

  func write(
    _ table: SampledTable, to places: Outputs, shard: Shard, problems: Int, title: String
  ) throws {
    try OutputSet.each(
      {
        try places.svg?.write(line: SampledChart(table, title: title).svg)
        try places.svg?.finish()
      },
      {
        guard let file = places.jsonl else { return }
        try SampledFile.write(table, shard: shard, problems: problems) {
          try file.write(line: $0)
        }
        try file.finish()
      },
      {
        if places.jsonl?.isStandardOutput == true { return }
        for line in SampledReport(table).lines { try StandardOutput.say(line) }
      })
  }
}
