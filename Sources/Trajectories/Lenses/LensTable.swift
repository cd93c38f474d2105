import LatentModels
import Tensors

/// What one lens reads of all blocks and tokens of one iteration.
public struct LensTable: Sendable {
  public let lens: String
  public let iteration: Int
  /// The tokens that were read, by row of the pass.
  public let rows: Range<Int>
  /// From block 0 on.
  public let readings: [[LensReading]]  // [blocks + 1][rows]

  /// Rows of logits asked for at a time.
  static let chunk = 32

  /// Reads every stream of an iteration, the tables of logits a few tokens at a time. Lenses that mix
  /// tokens look at all of them, whichever are read.
  /// - Parameters:
  ///   - state: what the iteration started from.
  ///   - rows: the tokens to read; nil for all.
  ///   - candidates: how many of the likeliest tokens each reading lists, at least one.
  ///   - watched: tokens whose standing is wanted, by row.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: an iteration of the core; the rows exist.
  public init(
    _ pass: BlockPass, through lens: StreamLens, model: any LatentModel, state: LatentState,
    in context: PromptContext, rows wanted: Range<Int>? = nil, candidates: Int = 1,
    watched: (Int) -> [Int] = { _ in [] },
    _ call: Call = .plain
  ) throws {
    precondition(pass.part == .core, "lenses look at iterations")
    self.lens = lens.name
    iteration = pass.iteration
    let hidden = try pass.streams.map { try lens.hidden($0, model, state, context, call) }
    let wanted = wanted ?? 0..<pass.output.rows
    rows = wanted
    var readings = [[LensReading]](repeating: [], count: hidden.count)
    for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: Self.chunk) {
      let rows = start..<min(wanted.upperBound, start + Self.chunk)
      var before: Matrix?
      for (block, hidden) in hidden.enumerated() {
        // The head of a large vocabulary takes as long as a layer.
        try call.control.check()
        let logits = model.logits(hidden, positions: rows)
        for row in 0..<logits.rows {
          readings[block].append(
            LensReading(
              logits.row(row), previous: before?.row(row), candidates: max(1, candidates),
              watched: watched(start + row)))
        }
        before = logits
      }
    }
    self.readings = readings
  }
}
