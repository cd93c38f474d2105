import LatentModels
import Synchronization
import Tensors
import Trajectories

/// Runs a part of a model once more and keeps what goes through its blocks. To look changes no bit:
/// what it leaves is what it left before.
public struct BlockReader: Sendable {
  public let model: any LatentModel
  /// Whether attention weights are kept: heads × tokens × keys numbers a block.
  public let withAttention: Bool

  public init(_ model: any LatentModel, withAttention: Bool = true) {
    self.model = model
    self.withAttention = withAttention
  }

  /// What lay at the sites of one part.
  private final class Found: Sendable {
    private let values = Mutex<[Site: Matrix]>([:])
    func add(_ value: SiteValue) { values.withLock { $0[value.site] = value.values } }
    subscript(_ site: Site) -> Matrix? { values.withLock { $0[site] } }
  }

  /// The iteration that follows a state.
  /// - Parameters:
  ///   - call: hooks in it act as they did; what is kept is what they left.
  ///   - change: what became of the state after it.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: one sequence; a memory, if any, without this iteration of these tokens.
  public func iteration(
    after state: LatentState, in context: PromptContext, _ call: Call = .plain,
    change: (inout LatentState) -> Void = { _ in }
  ) throws -> BlockPass {
    let (found, after) = try looking(.core, call) {
      var after = try model.step(state, in: context, $0)
      change(&after)
      return after.rows
    }
    let input = (found[.adapter] ?? found[.state])?.padded(toRows: after.rows)
    return BlockPass(
      part: .core, iteration: state.iteration + 1, input: input,
      hasAdapter: found[.adapter] != nil,
      blocks: blocks(.core, model.facts.layers.core, found, rows: after.rows), output: after)
  }

  /// The prelude.
  /// - Parameter memory: what came before the tokens.
  /// - Throws: as `LatentModel.begin`.
  public func prelude(
    _ ids: [Int], after memory: Memory? = nil, _ call: Call = .plain
  ) throws -> BlockPass {
    let (found, embedded) = try looking(.prelude, call) {
      try model.begin([ids], after: memory, $0).embedded
    }
    return BlockPass(
      part: .prelude, iteration: 0, input: nil,
      blocks: blocks(.prelude, model.facts.layers.prelude, found, rows: embedded.rows),
      output: embedded)
  }

  /// The coda, reading a state.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: one sequence.
  public func coda(
    of state: LatentState, in context: PromptContext, _ call: Call = .plain
  ) throws -> BlockPass {
    let (found, hidden) = try looking(.coda, call) {
      try model.decode(state, in: context, $0).hidden
    }
    return BlockPass(
      part: .coda, iteration: state.iteration, input: nil,
      blocks: blocks(.coda, model.facts.layers.coda, found, rows: hidden.rows), output: hidden)
  }

  private func looking(
    _ part: Site.Part, _ call: Call, _ body: (Call) throws -> Matrix
  ) rethrows -> (Found, Matrix) {
    let (found, withAttention) = (Found(), withAttention)
    let hook = Hook(
      at: { $0.part == part && (withAttention || $0.kind != .attentionWeights) },
      .read { found.add($0) })
    let output = try body(Call(control: call.control, hooks: Hooks(call.hooks.all + [hook])))
    return (found, output)
  }

  /// - Parameter rows: of the run. Of thoughts the last one alone passes the blocks.
  private func blocks(
    _ part: Site.Part, _ count: Int, _ found: Found, rows: Int
  ) -> [BlockPass.Block] {
    (0..<count).compactMap { index in
      // Every block visits all of its sites.
      guard let stream = found[Site(part, index + 1, .stream)],
        let attention = found[Site(part, index + 1, .attention)],
        let feedForward = found[Site(part, index + 1, .feedForward)]
      else { return nil }
      return BlockPass.Block(
        stream: stream.padded(toRows: rows), attention: attention.padded(toRows: rows),
        feedForward: feedForward.padded(toRows: rows),
        attentionWeights: found[Site(part, index + 1, .attentionWeights)]?.padded(
          toRows: rows, heads: model.facts.heads))
    }
  }
}

extension Matrix {
  /// With rows before its own that are not numbers, for tokens that nothing was computed of.
  /// - Parameter heads: parts that are padded each for itself.
  fileprivate func padded(toRows count: Int, heads: Int = 1) -> Matrix {
    let own = rows / heads
    guard own < count else { return self }
    let gap = [Float](repeating: .nan, count: (count - own) * columns)
    let values = (0..<heads).flatMap { gap + self.rows($0 * own..<($0 + 1) * own).values }
    return Matrix(rows: heads * count, columns: columns, values: values)
  }
}
