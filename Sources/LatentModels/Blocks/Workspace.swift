import Tensors

/// Scratch for one step, kept between steps so that an iteration allocates nothing but the state
/// it returns.
package final class Workspace {
  let team: ThreadTeam
  /// Angles of the positions a prompt has needed so far: contexts may be 65536 tokens long, most
  /// prompts are not. nil where nothing turns.
  private(set) var rotary: RotaryTable?
  let frequencies: [Float]  // [headDimension / 2]
  private let maximumTokens: Int
  private let buffers = Register.allCases.map { _ in Buffer(capacity: 0) }

  /// What runs now, and for whom.
  struct Job {
    let places: Places
    /// What older tokens left; nil to look at these rows alone.
    var memory: Memory?
    /// As in `SiteValue`.
    let iteration: Int
    let call: Call
    /// The tokens of the rows, one sequence after another, where layers look them up.
    var tokens: [Int] = []
    /// Which rows of each sequence look at one another both ways, where nothing is older; nil for none.
    var blocks: [[Bool]]?
    /// Layers done, and layers in all, for the progress report.
    var done = 0
    let total: Int
    /// Which rows those who look inside are told of, where a row stands at another position than the
    /// token it belongs to.
    var addressed: Places?
    /// Which row is which token, for those who look inside.
    var seenPlaces: Places { addressed ?? places }

    /// This job with its memory, which is not here any more: whoever writes to it then may be the only
    /// one to hold it.
    mutating func handedOver() -> Job {
      let whole = self
      memory = nil
      return whole
    }
  }
  var job = Job(
    places: Places(counts: []), memory: nil, iteration: 0, call: .plain, total: 0)
  /// Where the layer that runs now keeps its keys and values.
  var slot = 0

  init(team: ThreadTeam, frequencies: [Float], maximumTokens: Int) {
    self.team = team
    self.frequencies = frequencies
    self.maximumTokens = maximumTokens
    if !frequencies.isEmpty {
      rotary = RotaryTable(frequencies: frequencies, positions: min(maximumTokens, 256))
    }
  }

  /// The buffer of a register.
  subscript(register: Register) -> Buffer { buffers[register.rawValue] }

  /// Makes sure that positions have their angles; does nothing when they have.
  private func prepare(positions: Int) {
    guard let rotary, positions > rotary.positions else { return }
    self.rotary = RotaryTable(
      frequencies: frequencies,
      positions: max(positions, min(maximumTokens, 2 * rotary.positions)))
  }

  /// Runs a piece of a model on some rows. A memory that nobody else holds is written where it lies; else
  /// what it shares is copied first.
  /// - Returns: what the body returns, and the memory with what its layers wrote.
  func run<Result>(
    _ job: consuming Job, _ body: (Workspace) throws -> Result
  ) throws -> (result: Result, memory: Memory?) {
    self.job = consume job
    // A memory that stayed here would make the next write to it a copy.
    defer { self.job.memory = nil }
    prepare(positions: self.job.places.spans.map(\.positions.upperBound).max() ?? 0)
    let result = try body(self)
    return (result, self.job.memory.take())
  }

  /// Runs blocks in order over the stream, stopping between them on request.
  /// - Parameters:
  ///   - first: how many blocks of the part ran before these.
  ///   - slot: where a layer, by its index in the part, keeps its keys and values.
  func apply(
    _ blocks: [TransformerBlock<Workspace>], of part: Site.Part, from first: Int = 0,
    slot: (Int) -> Int
  ) throws(CancellationRequested) {
    for (index, block) in blocks.enumerated() {
      let index = first + index
      try job.call.control.check()
      self.slot = slot(index)
      block.apply(at: BlockPlace(part, index + 1), using: self)
      job.done += 1
      job.call.control.progress(job.done, job.total)
    }
  }
}
