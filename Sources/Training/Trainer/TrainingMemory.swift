import CKernels
import LatentModels
import Tensors

/// How much memory a recipe takes at most, told from its sizes before anything is allocated.
///
/// Real numbers, because the sizes of a recipe that cannot fit may be too large for whole ones.
struct TrainingMemory {
  /// What memory is taken for, and what in a recipe makes it less.
  enum Part: String, CaseIterable {
    case weights = "weights, averages and the optimizer"
    case gradients = "gradients"
    case tape = "what gradients remember"
    case batches = "batches and the text"
    case measurements = "measuring accuracy"

    var advice: String {
      switch self {
      case .weights: "Lower architecture.width, feed_forward or the number of layers."
      case .gradients: "Lower computation.shards, or architecture.width or feed_forward."
      case .tape:
        "Lower the stages' length or recurrence.differentiated, computation.shards or the sizes in "
          + "architecture."
      case .batches: "Lower the stages' rows and length, or give a shorter text."
      case .measurements: "Lower the stages' curriculum.problems or readouts."
      }
    }
  }

  private(set) var bytes: [Part: Double] = [:]
  private let recipe: TrainingRecipe

  /// Thread stacks, the program itself and what a first estimate leaves out.
  private static let base = 32e6
  /// Rows that go through the network together.
  private static func rowsTogether(_ recipe: TrainingRecipe) -> Int {
    recipe.architecture.kind == .continuousThought ? 32 : 4
  }

  /// - Parameters:
  ///   - layout: of the model the recipe makes.
  ///   - problems: of each task in a measurement for the history.
  ///   - readouts: of these.
  init(
    _ recipe: TrainingRecipe, layout: ParameterLayout, textBytes: Int, threads: Int,
    problems: Int, readouts: [Int]
  ) {
    self.recipe = recipe
    let parameters = Double(layout.count)
    let shards = Double(recipe.computation.shards)
    var packed = 0.0
    var largest = 0.0
    for entry in layout.entries where entry.shape.count == 2 {
      let (rows, columns) = (Double(entry.shape[0]), Double(entry.shape[1]))
      packed += 4 * (rows + 31) * (columns + 31)
      let side = min(rows, columns)
      largest = max(largest, 3 * rows * columns + 2 * side * side)
    }
    let angles =
      4.0 * Double(recipe.architecture.context) * Double(recipe.architecture.width)
      / Double(recipe.architecture.heads)
    // Weights, average, two moments and the gradient; a copy of one tensor while the model is written.
    bytes[.weights] =
      5 * 4 * parameters + packed + 4 * largest * Double(threads) + 4 * angles
    bytes[.gradients] = shards * 4 * parameters
    let reach = CurriculumReach.stages(recipe)
    for (stage, reach) in zip(recipe.stages, reach) {
      let probe = Self.probe(stage, reach)
      let rows = min(
        Self.rowsTogether(recipe),
        (stage.rows + recipe.computation.shards - 1) / recipe.computation.shards)
      raise(
        .tape,
        shards
          * tape(
            rows: rows, length: stage.length,
            kept: stage.thoughts?.count
              ?? min(stage.recurrence.differentiated, stage.recurrence.cap),
            probeTokens: Self.rowsTogether(recipe) * probe.length))
      raise(.batches, 28 * Double(stage.rows) * Double(stage.length))
      let asked = Set(stage.curriculum.readouts).count + 1
      let rowsAsked =
        max(
          Double(stage.curriculum.problems) * Double(2 * asked + 3),
          Double(problems) * Double(2 * readouts.count + 3)) * Double(probe.tasks)
      raise(.measurements, 4 * rowsAsked * Double(probe.length))
    }
    // As it is, as windows are drawn from it, and where its words begin.
    bytes[.batches, default: 0] += 4 * Double(textBytes)
  }

  private mutating func raise(_ part: Part, _ value: Double) {
    bytes[part] = max(bytes[part] ?? 0, value)
  }

  /// Tasks of a stage and the longest row of a trial.
  private static func probe(
    _ stage: TrainingStage, _ reach: [String: ClosedRange<Int>]
  ) -> (tasks: Int, length: Int) {
    let tasks = Curriculum(stage: stage).tasks
    let lengths = tasks.map { task in
      let hardest = reach[task.name]?.upperBound ?? 1
      return stage.thoughts.map {
        ThoughtText.longest(task, difficulty: hardest, replaced: $0.replacedSteps)
      } ?? AccuracyProbe.length(task, difficulty: hardest)
    }
    return (tasks.count, lengths.max() ?? 0)
  }

  /// Bytes of one shard's tape.
  private func tape(rows: Int, length: Int, kept: Int, probeTokens: Int) -> Double {
    let sizes = recipe.architecture
    func floats(_ columns: Int) -> Double { Double(BufferView.stride(columns: columns)) }
    let (width, inner) = (floats(sizes.width), floats(sizes.feedForward))
    let (projected, both) = (floats(3 * sizes.width), floats(2 * sizes.feedForward))
    let vocabulary = floats(ModelExport.vocabulary)
    let isExact = recipe.computation.precision == .float32
    // Per token: linear maps, norms on the stream, and copies in 16 bits or what those come from.
    let block =
      projected + both + 4 * width
      + (isExact ? 3 * width + inner : 0.5 * (3 * (width + 32) + inner + 32))
    let isOfThoughts = sizes.kind == .continuousThought
    // Thoughts are places of the row; what later stretches add to keys and values is kept besides, and
    // what every norm reads without its mean.
    let blocks =
      isOfThoughts
      ? Double(sizes.layers)
      : Double(sizes.prelude + sizes.coda) + Double(sizes.core) * Double(kept)
    let others = isOfThoughts ? 8 * width : (Double(kept) + 4) * 2 * width
    let more = isOfThoughts ? blocks * (projected + 2 * width) : 0
    let recorded = Double(rows * length) * (block * blocks + others + more)
    // Registers: two values and a gradient each, and a line prepared for a product.
    let registers = 6 * width + projected + both + inner + vocabulary
    let scratch = 3 * registers + 1.5 * max(projected, both, vocabulary)
    let tokens = Double(max(rows * length, probeTokens))
    let head = Int64(sizes.width / sizes.heads)
    let attention = Double(muninn_attention_scratch(Int64(length), head))
    // Pieces lie in slabs, whose ends stay empty.
    return 4 * (1.15 * recorded + scratch * tokens + attention) + 4e6
  }

  /// All of it.
  var total: Double { bytes.values.reduce(Self.base, +) }

  /// Refuses what does not fit.
  /// - Parameter available: bytes; nil when nobody knows.
  func check(available: Int?) throws(TrainingError) {
    guard let available, total > Double(available) else { return }
    let largest = bytes.sorted { $0.value > $1.value }
    func megabytes(_ value: Double) -> String { "\(Int(min(value / 1e6, 1e18)) + 1) MB" }
    let parts = largest.prefix(2).map { "\(megabytes($0.value)) are for \($0.key.rawValue)" }
    throw .notEnoughMemory(
      needed: Int(min(total, 9e18)), available: available,
      parts: parts.joined(separator: ", "),
      advice: largest.first?.key.advice ?? "")
  }
}
