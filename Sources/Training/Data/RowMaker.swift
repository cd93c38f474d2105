import Tasks

/// Fills rows with examples, one line each: `\n` prompt answer `\n` prompt answer …
///
/// A row is a function of seed, step, its number and the limits of difficulty: nothing about data
/// need be saved, and rows can be drawn in any order.
public struct RowMaker: Sendable {
  private let mix: DataMix
  private let verbalShare: Double
  private let hardestShare: Double
  private let weights: TrainingRecipe.LossWeights
  private let length: Int
  private let text: PlainText?
  private let unknown: UnknownPrompts

  public init(_ stage: TrainingStage, weights: TrainingRecipe.LossWeights, text: PlainText?) {
    mix = DataMix(stage.mix)
    verbalShare = stage.verbalShare
    hardestShare = stage.hardestShare
    length = stage.length
    self.weights = weights
    self.text = text
    unknown = UnknownPrompts(tasks: mix.tasks, text: text)
  }

  /// A row of tokens, what should follow each, and how much that counts.
  struct Row {
    var tokens: [Int32]  // [length]
    var targets: [Int32]  // [length]
    var weights: [Float]  // [length]
  }

  private static let newline = UInt8(ascii: "\n")
  /// Draws of an example that does not fit before one is cut off at the end of the row.
  private static let patience = 3

  /// Bytes with the target and weight of the place before each.
  private struct Draft {
    var bytes: [UInt8] = [RowMaker.newline]
    var targets: [UInt8] = []  // one less than bytes
    var weights: [Double] = []

    mutating func append(_ byte: UInt8, weight: Double) {
      bytes.append(byte)
      targets.append(byte)
      weights.append(weight)
    }
  }

  /// One row.
  /// - Parameter limits: the hardest difficulty of each task; those without draw their easiest.
  func row(limits: [String: Int], random: inout TaskRandom) -> Row {
    var draft = Draft()
    var isFirst = true
    while draft.targets.count < length {
      add(to: &draft, isFirst: isFirst, limits: limits, random: &random)
      isFirst = false
    }
    return Row(
      tokens: draft.bytes.prefix(length).map(Int32.init),
      targets: draft.targets.prefix(length).map(Int32.init),
      weights: draft.weights.prefix(length).map { Float($0) })
  }

  private func add(
    to draft: inout Draft, isFirst: Bool, limits: [String: Int], random: inout TaskRandom
  ) {
    let room = length - draft.targets.count
    for attempt in 1...Self.patience {
      let problem: Problem
      switch mix.draw(&random) {
      case .text, nil:
        guard let text else { return draft.append(Self.newline, weight: 0) }
        // A text begins a row, or ends one that no drawn problem fits: what follows a problem is
        // else the next problem.
        guard isFirst || attempt == Self.patience else { continue }
        let window = text.window(isFirst ? length : room, &random)
        for byte in window { draft.append(byte, weight: weights.text) }
        draft.append(Self.newline, weight: 0)
        return
      case .unknown: problem = unknown.make(&random)
      case .task(let task):
        let difficulty = Self.difficulty(
          of: task, limits: limits, hardestShare: hardestShare, &random)
        problem = task.make(difficulty, form(of: task, &random), &random)
      }
      let needed = problem.prompt.utf8.count + problem.answer.utf8.count + 1
      if needed <= room || attempt == Self.patience { return append(problem, to: &draft) }
    }
  }

  /// A difficulty up to the limit of a task.
  static func difficulty(
    of task: ReasoningTask, limits: [String: Int], hardestShare: Double,
    _ random: inout TaskRandom
  ) -> Int {
    let lowest = task.difficulties.lowerBound
    let limit = min(max(lowest, limits[task.name] ?? lowest), task.difficulties.upperBound)
    // Where none is asked for no number is drawn, so that such recipes make the same rows as ever.
    return hardestShare > 0 && random.unit() < hardestShare
      ? limit : lowest + random.below(limit - lowest + 1)
  }

  private func form(of task: ReasoningTask, _ random: inout TaskRandom) -> AnswerForm {
    guard task.forms.count > 1 else { return task.forms.first ?? .latent }
    return random.unit() < verbalShare ? .verbal : .latent
  }

  private func append(_ problem: Problem, to draft: inout Draft) {
    // The last byte of the draft, a newline, is what the first byte of the prompt follows.
    let start = draft.bytes.count
    for byte in problem.prompt.utf8 { draft.append(byte, weight: weights.prompt) }
    for byte in problem.answer.utf8 { draft.append(byte, weight: weights.answer) }
    draft.append(Self.newline, weight: weights.newline)
    for result in problem.partialResults where result.offset + 1 < problem.prompt.utf8.count {
      // The readout at byte i of the prompt predicts what would be byte i + 1.
      draft.targets[start + result.offset] = result.value
      draft.weights[start + result.offset] = weights.partialResult
    }
  }
}
