import ParallelScaling
import RunFiles
import Trajectories

/// Copies of a prompt as a file has them, and back.
extension ExplorerState {
  /// nil where there are none, or where their prompt is gone.
  var savedFan: SavedFan? {
    guard let question = fanning.question,
      let root = runs.tree.twin(of: .prompt(question.cause), at: nil)
    else { return nil }
    var fan = SavedFan(
      root: root, kind: nil, strength: 0, isHeld: false, seed: question.seed,
      iterations: question.iterations, endsItself: question.endsItself, count: fanning.wanted)
    if case .perturbed(let name, let strength, let isHeld) = question.way {
      (fan.kind, fan.strength, fan.isHeld) = (name, strength, isHeld)
    }
    fan.selected = fanning.selected
    fan.judge = fanning.judging.judge
    if fanning.isComplete, let plain = fanning.plain,
      fanning.copies.count * (question.iterations + 1) <= SavedFan.mostMoments
    {
      fan.results = SavedFan.Results(
        copies: fanning.copies.map(SavedFan.Copy.init), plain: SavedFan.Copy(plain),
        explainedVarianceRatio: fanning.explainedVarianceRatio,
        spread: fanning.spread.map { $0.map(\.numbers) },
        pairs: fanning.pairs.map { $0.map(\.numbers) },
        pairedCopies: fanning.pairedCopies, level: fanning.level)
    }
    return fan
  }

  /// Has the copies of a file, which are made again where they are not in it.
  mutating func take(_ fan: SavedFan) {
    guard case .prompt(let cause)? = runs.tree[fan.root]?.cause else { return }
    let way: EnsembleQuestion.Way
    if let name = fan.kind {
      guard let kind = PerturbationKind.named(name), kind.strength.range.contains(fan.strength)
      else { return }
      way = .perturbed(name, fan.strength, isHeld: fan.isHeld)
    } else {
      way = .starts
    }
    let question = EnsembleQuestion(
      cause: cause, way: way, seed: fan.seed, iterations: fan.iterations,
      endsItself: fan.endsItself)
    let count = min(fan.count, Fanning.mostCopies)
    var chunk: EnsembleChunk?
    if let results = fan.results, results.copies.count == count {
      chunk = EnsembleChunk(
        question: question, range: 0..<count,
        copies: results.copies.enumerated().map { EnsembleCopy($1, number: $0) },
        plain: EnsembleCopy(results.plain, number: 0),
        explainedVarianceRatio: results.explainedVarianceRatio,
        spread: results.spread.map { $0.flatMap(RunningSpread.Moment.init) },
        pairs: results.pairs.map { $0.flatMap { CopySpread($0) } },
        pairedCopies: results.pairedCopies, level: results.level)
    }
    fanning.restore(
      question, count: count, chunk, selected: fan.selected,
      judge: noModel == nil || chunk != nil ? fan.judge : nil)
  }
}

extension SavedFan.Copy {
  fileprivate init(_ copy: EnsembleCopy) {
    let rollout = copy.rollout
    self.init(
      said: copy.said, points: copy.points, text: rollout.text, iterations: rollout.iterations)
    switch rollout.answer {
    case .number(let value): number = value
    case .text(let text): words = text
    case nil: break
    }
    (residuals, entropy, exit) = (rollout.residuals, rollout.entropy, rollout.exit)
    (stepScores, wholeScore) = (rollout.stepScores, rollout.wholeScore)
  }
}

extension EnsembleCopy {
  fileprivate init(_ saved: SavedFan.Copy, number: Int) {
    var rollout = Rollout(
      copy: number,
      answer: saved.number.map { .number($0) } ?? saved.words.map { .text($0) },
      text: saved.text, stepScores: saved.stepScores, iterations: saved.iterations,
      residuals: saved.residuals, entropy: saved.entropy, exit: saved.exit)
    rollout.wholeScore = saved.wholeScore
    self.init(rollout: rollout, said: saved.said, points: saved.points)
  }
}

extension RunningSpread.Moment {
  fileprivate var numbers: [Double] { [drift, dispersion, size, Double(count)] }

  fileprivate init?(_ numbers: [Double]) {
    guard numbers.count == 4, let count = Int(exactly: numbers[3].rounded()) else { return nil }
    self.init(drift: numbers[0], dispersion: numbers[1], size: numbers[2], count: count)
  }
}
