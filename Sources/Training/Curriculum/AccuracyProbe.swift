import Tasks

/// Problems to be answered at one glance, to see how far training has come.
struct AccuracyProbe {
  /// One problem with its place among the rows.
  private struct Item {
    var task: String
    /// Places whose prediction is a token of the answer.
    var places: Range<Int>
    var answer: [Int32]
  }

  private var items: [Item] = []
  private var rows: [[Int32]] = []
  /// Steps that are thought and not asked for; nil where nothing is thought.
  private let replaced: Int?

  /// - Parameter replaced: how many of the first steps of a solution thoughts stand for; the others are
  ///   part of the answer. nil for a model without thoughts.
  init(replaced: Int? = nil) { self.replaced = replaced }

  /// Number of problems.
  var count: Int { items.count }

  /// Adds fresh problems of one difficulty, answered at once where the task has that form.
  mutating func add(
    _ task: ReasoningTask, difficulty: Int, count: Int, random: inout TaskRandom
  ) {
    let form = Self.form(of: task)
    for _ in 0..<count { add(task.make(difficulty, form, &random), name: task.name) }
  }

  mutating func add(_ problem: Problem, name: String) {
    if let replaced {
      let text = ThoughtText(problem, replaced: replaced)
      let (answer, places) = text.wanted
      items.append(Item(task: name, places: places, answer: answer))
      rows.append(text.tokens)
      return
    }
    let row = [UInt8(ascii: "\n")] + Array(problem.prompt.utf8) + Array(problem.answer.utf8)
    let answer = problem.answer.utf8.map(Int32.init)
    let end = row.count - 1  // the last byte's own prediction is not asked for
    items.append(Item(task: name, places: end - answer.count..<end, answer: answer))
    rows.append(row.map(Int32.init))
  }

  /// Tokens of the longest row of a task at a difficulty.
  static func length(_ task: ReasoningTask, difficulty: Int) -> Int {
    1 + task.longest(difficulty, form(of: task))
  }

  private static func form(of task: ReasoningTask) -> AnswerForm {
    task.forms.contains(.latent) ? .latent : task.forms[0]
  }

  /// Share of problems whose whole answer is the likeliest continuation, by task and readout.
  ///
  /// The answer stands in the input; when every byte of it is the likeliest after those before it,
  /// it is what greedy generation would write.
  /// - Parameter readouts: numbers of iterations, ascending.
  /// - Returns: shares in the order of `readouts`, for each task.
  func accuracy(
    of weights: [Float], engine: any GradientEngine, readouts: [Int], seed: UInt64
  ) -> [String: [Double]] {
    let length = rows.map(\.count).max() ?? 0
    guard length > 0 else { return [:] }
    var tokens: [Int32] = []  // [rows, length]
    tokens.reserveCapacity(rows.count * length)
    for row in rows {
      tokens += row
      tokens += repeatElement(0, count: length - row.count)
    }
    let predictions = engine.predictions(
      of: weights, tokens: tokens, rows: rows.count, length: length, readouts: readouts,
      start: .placed(seed: seed))
    var right: [String: [Int]] = [:]
    var asked: [String: Int] = [:]
    for (row, item) in items.enumerated() {
      asked[item.task, default: 0] += 1
      for (index, ids) in predictions.enumerated() {
        let places = row * length + item.places.lowerBound..<row * length + item.places.upperBound
        let isRight = ids[places].elementsEqual(item.answer)
        right[item.task, default: Array(repeating: 0, count: readouts.count)][index] +=
          isRight ? 1 : 0
      }
    }
    return right.reduce(into: [:]) { shares, entry in
      shares[entry.key] = entry.value.map { Double($0) / Double(asked[entry.key] ?? 1) }
    }
  }
}
