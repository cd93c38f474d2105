import Tensors

/// Scratch for one step, kept between steps so that an iteration allocates nothing but the state
/// it returns.
final class Workspace {
  let team: ThreadTeam
  /// Angles of the positions a prompt has needed so far: contexts may be 65536 tokens long, most
  /// prompts are not.
  private(set) var rotary: RotaryTable
  private let frequencies: [Float]  // [headDimension / 2]
  private let maximumTokens: Int
  /// Where the attention of the layer that runs now keeps its keys; nil for runs without a cache.
  private(set) var cachePlace: CachePlace?
  let stream = Buffer(capacity: 0)  // [tokens, width]
  let normed = Buffer(capacity: 0)  // [tokens, width]
  let sum = Buffer(capacity: 0)  // [tokens, width]
  let projected = Buffer(capacity: 0)  // [tokens, queries + keys + values]
  let attended = Buffer(capacity: 0)  // [tokens, queries]
  let gateAndUp = Buffer(capacity: 0)  // [tokens, 2·feedForward]
  let gated = Buffer(capacity: 0)  // [tokens, feedForward]

  init(team: ThreadTeam, frequencies: [Float], maximumTokens: Int) {
    self.team = team
    self.frequencies = frequencies
    self.maximumTokens = maximumTokens
    rotary = RotaryTable(frequencies: frequencies, positions: min(maximumTokens, 256))
  }

  /// Makes sure that `tokens` positions have their angles; does nothing when they have.
  func prepare(tokens: Int) {
    guard tokens > rotary.positions else { return }
    let positions = max(tokens, min(maximumTokens, 2 * rotary.positions))
    rotary = RotaryTable(frequencies: frequencies, positions: positions)
  }

  /// Runs blocks in order over `x` in place, stopping between them on request.
  /// - Parameters:
  ///   - done: layers of this piece of work that ran before these.
  ///   - total: layers of the whole piece of work, for the progress report.
  ///   - cache: what older tokens left; nil to look at these rows alone.
  ///   - slot: where a layer, by its index among these, keeps its keys and values.
  func run(
    _ blocks: [TransformerBlock], on x: Buffer, _ control: StepControl, done: Int, of total: Int,
    cache: KeyValueCache? = nil, slot: (Int) -> Int = { $0 }
  ) throws(CancellationRequested) {
    let first = cache.map { $0.seen - x.rows } ?? 0
    prepare(tokens: first + x.rows)
    defer { cachePlace = nil }
    for (index, block) in blocks.enumerated() {
      try control.check()
      cachePlace = cache.map { CachePlace(cache: $0, slot: slot(index), firstPosition: first) }
      block.apply(to: x, using: self)
      control.progress(done + index + 1, total)
    }
  }
}
