import Tensors

/// Scratch for one step, kept between steps so that an iteration allocates nothing but the state
/// it returns.
package final class Workspace {
  let team: ThreadTeam
  /// Angles of the positions a prompt has needed so far: contexts may be 65536 tokens long, most
  /// prompts are not.
  private(set) var rotary: RotaryTable
  private let frequencies: [Float]  // [headDimension / 2]
  private let maximumTokens: Int
  /// Where the attention of the layer that runs now keeps its keys; nil for runs without a cache.
  private(set) var cachePlace: CachePlace?
  private let buffers = Register.allCases.map { _ in Buffer(capacity: 0) }

  init(team: ThreadTeam, frequencies: [Float], maximumTokens: Int) {
    self.team = team
    self.frequencies = frequencies
    self.maximumTokens = maximumTokens
    rotary = RotaryTable(frequencies: frequencies, positions: min(maximumTokens, 256))
  }

  /// The buffer of a register.
  subscript(register: Register) -> Buffer { buffers[register.rawValue] }

  /// Makes sure that `tokens` positions have their angles; does nothing when they have.
  func prepare(tokens: Int) {
    guard tokens > rotary.positions else { return }
    let positions = max(tokens, min(maximumTokens, 2 * rotary.positions))
    rotary = RotaryTable(frequencies: frequencies, positions: positions)
  }

  /// Runs blocks in order over the stream, stopping between them on request.
  /// - Parameters:
  ///   - done: layers of this piece of work that ran before these.
  ///   - total: layers of the whole piece of work, for the progress report.
  ///   - cache: what older tokens left; nil to look at these rows alone.
  ///   - slot: where a layer, by its index among these, keeps its keys and values.
  func run(
    _ blocks: [TransformerBlock<Workspace>], _ control: StepControl, done: Int, of total: Int,
    cache: KeyValueCache? = nil, slot: (Int) -> Int = { $0 }
  ) throws(CancellationRequested) {
    let tokens = self[.stream].rows
    let first = cache.map { $0.seen - tokens } ?? 0
    prepare(tokens: first + tokens)
    defer { cachePlace = nil }
    for (index, block) in blocks.enumerated() {
      try control.check()
      cachePlace = cache.map { CachePlace(cache: $0, slot: slot(index), firstPosition: first) }
      block.apply(using: self)
      control.progress(done + index + 1, total)
    }
  }
}
