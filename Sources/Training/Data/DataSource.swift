import Tasks

/// One thing a row can be filled with.
enum DataSource: Sendable {
  case task(ReasoningTask)
  case text
  case unknown

  init?(name: String) {
    switch name {
    case TrainingStage.textName: self = .text
    case UnknownPrompts.name: self = .unknown
    default:
      guard let task = ReasoningTask.named(name) else { return nil }
      self = .task(task)
    }
  }

  var name: String {
    switch self {
    case .text: TrainingStage.textName
    case .unknown: UnknownPrompts.name
    case .task(let task): task.name
    }
  }
}

/// Sources with their shares; drawing walks them in the order of their names.
struct DataMix: Sendable {
  private let sources: [(source: DataSource, end: Double)]
  let total: Double

  init(_ mix: [String: Double]) {
    var (sources, total): ([(source: DataSource, end: Double)], Double) = ([], 0)
    for (name, weight) in mix.sorted(by: { $0.key < $1.key }) where weight > 0 {
      guard let source = DataSource(name: name) else { continue }
      total += weight
      sources.append((source, total))
    }
    self.sources = sources
    self.total = total
  }

  /// The tasks in it, by name.
  var tasks: [ReasoningTask] {
    sources.compactMap { if case .task(let task) = $0.source { task } else { nil } }
  }

  func draw(_ random: inout TaskRandom) -> DataSource? {
    let point = random.unit() * total
    return (sources.first { point < $0.end } ?? sources.last)?.source
  }
}

extension TrainingRecipe {
  /// The tasks it trains in any of its stages, in the order of tables.
  public var tasks: [ReasoningTask] {
    let names = Set(stages.flatMap { DataMix($0.mix).tasks.map(\.name) })
    return ReasoningTask.all.filter { names.contains($0.name) }
  }
}
