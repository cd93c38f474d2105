import Checkpoints
import Evaluation
import Rewards
import Tensors

/// Rollouts with labels on their way to a file, beside which a journal keeps what is done.
struct CollectedOutput {
  let path: String
  let plan: CollectionPlan
  let set: ProblemSet
  var shard = Shard.whole
  /// What the file of problems is called; nil for problems that were drawn.
  var problems: String?
  /// Runs side by side; nil for as many as there is room for.
  var batch: Int?

  private var journal: String { path + ".part" }

  /// The file, where a run that was complete left it.
  var finished: CollectedFile? {
    guard !FileSystem.exists(journal), FileSystem.exists(path),
      let done = try? CollectedFile(path: path),
      done.document.serialized() == plan.document.serialized(), done.shard == shard,
      done.problems == set.problems.count
    else { return nil }
    return done
  }

  /// Does what is left to do, and writes the file.
  /// - Throws: also `CancellationRequested`; what is done is kept.
  func make(_ file: OutputFile, models: [EvaluationModel]) throws -> CollectedFile {
    // Half of what is free, shared by the threads that have models of their own.
    let room = MemoryBudget.available().map { $0 / 2 / models.count }
    let run = CollectedRun(plan: plan, set: set, room: room, batch: batch)
    var records: [CollectedRecord] = []
    let kept = try ResumableFile(journal, run: run, shard: shard)
    do {
      try UnfinishedWork(run: run, shard: shard, file: kept, problems: problems)
        .finish(models: models) { records.append($0) }
    } catch {
      // What holds nothing would only stand in the way of other options.
      if records.isEmpty { try kept.remove() }
      throw error
    }
    let collected = CollectedFile(
      plan, shard: shard, problems: set.problems.count,
      vocabulary: models[0].model.facts.vocabularySize, records: records)
    try collected.write(file)
    try kept.remove()
    return collected
  }
}
