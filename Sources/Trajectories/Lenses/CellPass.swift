import Glibc
import LatentModels
import Tensors

/// What one token's stream went through on its way to a prediction, half a block at a time: prelude,
/// one iteration, coda. Sizes, readings and where attention looked, without the streams themselves.
public struct CellPass: Sendable {
  /// A place in the stream.
  public struct Line: Sendable {
    /// What the stream has just been through.
    public enum Half: Sendable, Hashable {
      /// Nothing yet: what the first block of the core reads.
      case input
      case attention
      case feedForward
    }

    public let place: BlockPlace
    public let half: Half
    /// ‖stream‖ there (L2).
    public let norm: Float
    /// ‖what was added‖ / ‖the stream it was added to‖; nil where nothing was, and where either is not
    /// finite. Before any norm on the sum, as in `BlockPass`.
    public let added: Float?
    /// What each lens reads there; nil where a lens has nothing to say: the coda lens reads streams of
    /// the core alone, as states. `kl` is from the line before that the same lens read; the adapter
    /// mixes the state with e, so that nothing leads from the prelude to it.
    public let readings: [Reading?]  // [lenses]
    /// The exit gate's chance to stop, were the iteration to end there; nil outside of the core, and
    /// where the model has no gate.
    public let gate: Float?

    public init(
      _ place: BlockPlace, _ half: Half, norm: Float, added: Float?, readings: [Reading?],
      gate: Float? = nil
    ) {
      (self.place, self.half) = (place, half)
      self.norm = norm
      self.added = added
      self.readings = readings
      self.gate = gate
    }
  }

  /// The token, by row of its run.
  public let row: Int
  /// The iteration, from 1.
  public let iteration: Int
  /// Whether block 0 of the core is an adapter's output, or else the state before.
  public let hasAdapter: Bool
  /// The names of the lenses.
  public let lenses: [String]
  /// The tokens whose standing was asked for.
  public let watched: [Int]
  /// In the order in which the stream goes through them.
  public let lines: [Line]
  /// The weights of attention of this token in each block, mean over heads. Keys are the tokens of the
  /// text.
  public let weights: [BlockPlace: [Float]]  // of [keys]

  public init(
    row: Int, iteration: Int, hasAdapter: Bool, lenses: [String], watched: [Int] = [],
    lines: [Line], weights: [BlockPlace: [Float]]
  ) {
    self.row = row
    self.iteration = iteration
    self.hasAdapter = hasAdapter
    self.lenses = lenses
    self.watched = watched
    self.lines = lines
    self.weights = weights
  }

  /// The blocks there are, each once, in order.
  public var places: [BlockPlace] {
    lines.reduce(into: []) { if $0.last != $1.place { $0.append($1.place) } }
  }
}

/// Reading a token out of whole passes.
extension CellPass {
  /// A line before it is read.
  private struct Spot {
    let place: BlockPlace
    let half: Line.Half
    let stream: Matrix  // [tokens, width]
    var added: Matrix?  // [tokens, width]
  }

  /// - Parameters:
  ///   - passes: prelude, iteration and coda, as far as the model has them, with halves and with this
  ///     token's attention weights.
  ///   - state: what the iteration started from.
  ///   - candidates: how many of the likeliest tokens each reading lists.
  ///   - watched: tokens whose standing is wanted.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: the passes have that row, and one of them is of the core.
  public init(
    _ passes: [BlockPass], row: Int, model: any LatentModel, state: LatentState,
    in context: PromptContext, candidates: Int, watched: [Int], vocabulary: Vocabulary,
    _ call: Call = .plain
  ) throws {
    let spots = passes.flatMap(Self.spots)
    let core = passes.first { $0.part == .core }
    let readings = try StreamLens.all.map { lens in
      try Self.read(
        spots, row, through: lens, model, state, context, candidates, watched, vocabulary, call)
    }
    var lines: [Line] = []
    for (index, spot) in spots.enumerated() {
      let isCore = spot.place.part == .core
      // What something was added to stands on the line before; the first of a part read what has none.
      let before = index > 0 && spots[index - 1].place.part == spot.place.part ? index - 1 : nil
      let share = spot.added.flatMap { added in
        before.map { StateMetrics.norm(added, row) / StateMetrics.norm(spots[$0].stream, row) }
      }
      let gate =
        isCore
        ? model.exitGate?.logits(of: model.state(endingWith: spot.stream.rows(row..<row + 1)))[0]
        : nil
      lines.append(
        Line(
          spot.place, spot.half, norm: StateMetrics.norm(spot.stream, row), added: share.finite,
          readings: readings.map { $0[index] },
          gate: gate.map { 1 / (1 + exp(-$0)) }.finite))
    }
    let weights = passes.flatMap { pass in
      pass.blocks.enumerated().compactMap { index, block in
        block.attentionWeights.map { (BlockPlace(pass.part, index + 1), Self.mean($0)) }
      }
    }
    self.init(
      row: row, iteration: core?.iteration ?? 0, hasAdapter: core?.hasAdapter ?? false,
      lenses: StreamLens.all.map(\.name), watched: watched, lines: lines,
      weights: Dictionary(weights, uniquingKeysWith: { first, _ in first }))
  }

  private static func spots(_ pass: BlockPass) -> [Spot] {
    let input = pass.input.map { Spot(place: BlockPlace(pass.part, 0), half: .input, stream: $0) }
    return (input.map { [$0] } ?? [])
      + pass.blocks.enumerated().flatMap { index, block in
        let place = BlockPlace(pass.part, index + 1)
        let half = block.afterAttention.map {
          Spot(place: place, half: .attention, stream: $0, added: block.attention)
        }
        return (half.map { [$0] } ?? [])
          + [
            Spot(
              place: place, half: .feedForward, stream: block.stream, added: block.feedForward)
          ]
      }
  }

  /// What a lens reads of one token on every line; nil where it does not read.
  private static func read(
    _ spots: [Spot], _ row: Int, through lens: StreamLens, _ model: any LatentModel,
    _ state: LatentState, _ context: PromptContext, _ candidates: Int, _ watched: [Int],
    _ vocabulary: Vocabulary, _ call: Call
  ) throws -> [Reading?] {
    let read = spots.indices.filter { lens.readsAll || spots[$0].place.part == .core }
    // The lines of one token together: the head is as long a way for one as for all.
    var hidden: [Float] = []
    for index in read {
      hidden += try lens.hidden(spots[index].stream, model, state, context, call).row(row)
    }
    guard let width = spots.first?.stream.columns, !read.isEmpty else { return [] }
    let rows = Matrix(rows: read.count, columns: width, values: hidden)
    var readings = [Reading?](repeating: nil, count: spots.count)
    var before: Matrix?  // [1, vocabulary]
    for start in stride(from: 0, to: read.count, by: LensTable.chunk) {
      try call.control.check()
      let logits = model.logits(rows, positions: start..<min(read.count, start + LensTable.chunk))
      for line in 0..<logits.rows {
        let spot = spots[read[start + line]]
        let previous = line > 0 ? logits.row(line - 1) : before?.row(0)
        readings[read[start + line]] = Reading(
          LensReading(
            logits.row(line), previous: spot.half == .input ? nil : previous,
            candidates: max(1, candidates), watched: watched), vocabulary)
      }
      before = logits.rows(logits.rows - 1..<logits.rows)
    }
    return readings
  }

  /// Every head's row, averaged.
  private static func mean(_ weights: Matrix) -> [Float] {  // [keys]
    var mean = [Float](repeating: 0, count: weights.columns)
    for head in 0..<weights.rows {
      for (key, weight) in weights.row(head).enumerated() {
        mean[key] += weight / Float(weights.rows)
      }
    }
    return mean
  }
}

extension Reading {
  /// What a lens reads, as what a run says.
  init(_ reading: LensReading, _ vocabulary: Vocabulary) {
    guard let entropy = reading.entropy else {
      self = .diverged
      return
    }
    self.init(
      entropy: entropy, kl: reading.kl,
      top: Candidates(
        reading.top.map { (id: $0.id, probability: reading.probability($0)) }, in: vocabulary),
      watched: reading.watched)
  }
}
