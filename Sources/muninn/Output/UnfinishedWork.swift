import Evaluation
import LatentModels
import Synchronization

/// How far an evaluation has come.
private struct EvaluationProgress<Record: KeptRecord> {
  var count: Int
  var bar: ProgressBar
  var leftOut: [Record]
  /// Of the first problem that diverged.
  var diverged: Record?
}

/// A work, and a file that has what was done of it before.
struct UnfinishedWork<Work: EvaluationWork> {
  let run: Work
  let shard: Shard
  /// Takes every result; nil where none are kept.
  let file: ResumableFile<Work>?
  /// What the file of problems is called; nil for problems that were drawn.
  let problems: String?

  /// Does what is left to do, and says on standard error how far it is.
  /// - Parameter add: takes every result, those that were done before first.
  func finish(models: [EvaluationModel], add: (Work.Record) -> Void) throws {
    let kept = file?.records ?? []
    let done = Set(kept.map(\.number))
    let mine = run.set.problems.indices.filter(shard.contains)
    let waiting = mine.filter { !done.contains($0) }
    kept.forEach(add)
    let bar = ProgressBar(total: mine.count, before: done.count, unit: "problems")
    let progress = Mutex(
      EvaluationProgress(
        count: done.count, bar: bar, leftOut: kept.filter { $0.leftOut != nil }))
    // Both are called by one thread at a time.
    nonisolated(unsafe) let (results, add) = (file, add)
    defer { progress.withLock { $0.bar.clear() } }
    do {
      try run.run(waiting, models: models, control: Interruption.control) { record in
        try results?.append(record)
        progress.withLock { progress in
          add(record)
          if record.leftOut != nil { progress.leftOut.append(record) }
          if record.divergence != nil, record.number < progress.diverged?.number ?? .max {
            progress.diverged = record
          }
          progress.count += 1
          progress.bar.show(progress.count)
        }
      }
    } catch is CancellationRequested {
      progress.withLock { $0.bar.clear() }
      let count = progress.withLock { $0.count }
      StandardError.say(
        "stopped after \(count) of \(mine.count) problems; "
          + (file == nil
            ? "with --resume FILE they would have been kept"
            : "the same command goes on from there"))
      throw CancellationRequested()
    } catch let error as CopiesDoNotFit {
      throw NotEnoughRoom(error, threads: models.count)
    }
    let (leftOut, diverged) = progress.withLock { ($0.leftOut, $0.diverged) }
    progress.withLock { $0.bar.clear() }
    if let diverged, let words = diverged.divergence?.words {
      StandardError.say("problem \(diverged.number) diverged: \(words)")
    }
    for line in LeftOutReport(leftOut, of: run.set, name: problems).lines {
      StandardError.say(line)
    }
  }
}

extension NotEnoughRoom {
  init(_ error: CopiesDoNotFit, threads: Int) {
    self.init(
      description: (error.areOfBeams
        ? "\(error.copies) candidates of beams"
        : "\(error.copies) cop\(error.copies == 1 ? "y" : "ies")") + " side by side take about "
        + "\(Quantity.bytes(error.copies * error.each)) of memory (\(Quantity.bytes(error.each)) "
        + "each), and \(Quantity.bytes(error.room)) are for them on each thread. Give "
        + (error.areOfBeams
          ? "fewer --beam or --expand, " : error.copies > 1 ? "a smaller --batch, " : "")
        + "a smaller --r, fewer --tokens"
        + (threads > 1 ? " or fewer --threads." : "."))
  }
}
