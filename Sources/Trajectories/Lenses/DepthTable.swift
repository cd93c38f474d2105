import LatentModels
import Tensors

/// What the head would say behind every block, of some tokens or of one thought: how deep in the model a
/// prediction takes shape. Through the logit lens.
public struct DepthTable: Sendable {
  /// Behind one block.
  public struct Cell: Sendable {
    public let reading: Reading
    /// ‖what the block changed‖ / ‖the stream before it‖ (L2); nil of the first place, and where either is
    /// not finite.
    public let added: Float?

    public init(reading: Reading, added: Float?) {
      self.reading = reading
      self.added = added
    }
  }

  /// 0: the text as it was read; else which thought.
  public let iteration: Int
  /// The tokens, by row of their run; of a thought the row that it takes the place of.
  public let rows: Range<Int>
  /// The block of the first place: 0 is what the first block reads, which is known of thoughts.
  public let firstBlock: Int
  public let cells: [[Cell]]  // [rows][places]

  public init(iteration: Int, rows: Range<Int>, firstBlock: Int, cells: [[Cell]]) {
    (self.iteration, self.rows) = (iteration, rows)
    (self.firstBlock, self.cells) = (firstBlock, cells)
  }

  /// Rows of logits asked for at a time.
  private static let chunk = 32

  /// Reads all places of some rows of a pass together.
  /// - Parameter candidates: how many of the likeliest tokens each reading lists.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: the pass has these rows, and what lies there was computed.
  public init(
    _ pass: BlockPass, rows: Range<Int>, model: any LatentModel, candidates: Int,
    vocabulary: Vocabulary, control: StepControl = .uninterrupted
  ) throws {
    let streams = pass.streams.map { $0.rows(rows) }
    let hidden = streams.map { model.finalNorm($0) }
    let width = model.facts.width
    let all = Matrix(
      rows: hidden.count * rows.count, columns: width, values: hidden.flatMap(\.values))
    var readings: [Reading] = []
    for start in stride(from: 0, to: all.rows, by: Self.chunk) {
      try control.check()
      let logits = model.logits(all, positions: start..<min(all.rows, start + Self.chunk))
      for row in 0..<logits.rows {
        readings.append(
          Reading(
            LensReading(
              logits.row(row), previous: nil, candidates: max(1, candidates), watched: []),
            vocabulary))
      }
    }
    iteration = pass.iteration
    self.rows = rows
    firstBlock = pass.input == nil ? 1 : 0
    cells = (0..<rows.count).map { row in
      streams.indices.map { place in
        let change: Float? =
          place == 0
          ? nil
          : StateMetrics.distance(streams[place].row(row), streams[place - 1].row(row))
            / StateMetrics.norm(streams[place - 1], row)
        return Cell(
          reading: readings[place * rows.count + row],
          added: change.flatMap { $0.isFinite ? $0 : nil })
      }
    }
  }
}
