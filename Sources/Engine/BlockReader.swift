import LatentModels
import Synchronization
import Tensors
import Trajectories

/// Runs a part of a model once more and keeps what goes through its blocks. To look changes no bit:
/// what it leaves is what it left before.
public struct BlockReader: Sendable {
  /// Which attention weights are kept: heads × tokens × keys numbers a block are many.
  public enum Attention: Sendable, Hashable {
    case none
    case all
    /// Of one token.
    case row(Int)
    /// Of one block, counted from 1.
    case block(Int)
  }

  public let model: any LatentModel
  public let attention: Attention
  /// Whether the streams between attention and feed-forward network are kept.
  public let withHalves: Bool

  public init(
    _ model: any LatentModel, attention: Attention = .all, withHalves: Bool = false
  ) {
    self.model = model
    self.attention = attention
    self.withHalves = withHalves
  }

  /// What lay at the sites of one part.
  private final class Found: Sendable {
    private let values = Mutex<[Site: Matrix]>([:])
    func add(_ values: Matrix, at site: Site) { self.values.withLock { $0[site] = values } }
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
    let input = (found[.adapter] ?? found[.state].map(model.leading))?
      .padded(toRows: after.rows)
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
    let (found, attention, withHalves) = (Found(), attention, withHalves)
    let hook = Hook(
      at: { site in
        switch (site.kind, attention) {
        case _ where site.part != part, (.attentionWeights, .none): false
        case (.attentionWeights, .block(let block)): site.block == block
        case (.afterAttention, _): withHalves
        default: true
        }
      },
      .read { value in
        guard value.site.kind == .attentionWeights, case .row(let row) = attention else {
          return found.add(value.values, at: value.site)
        }
        found.add(Self.weights(of: row, in: value), at: value.site)
      })
    let output = try body(Call(control: call.control, hooks: Hooks(call.hooks.all + [hook])))
    return (found, output)
  }

  /// One token's row of every head.  // [heads, keys]
  private static func weights(of row: Int, in value: SiteValue) -> Matrix {
    let tokens = max(1, value.places.rowCount)
    // A thought is the one row there is.
    let heads = stride(from: min(row, tokens - 1), to: value.values.rows, by: tokens).map {
      value.values.row($0)
    }
    return Matrix(rows: heads.count, columns: value.values.columns, values: heads.flatMap { $0 })
  }

  /// - Parameter rows: of the run. Of thoughts the last one alone passes the blocks.
  private func blocks(
    _ part: Site.Part, _ count: Int, _ found: Found, rows: Int
  ) -> [BlockPass.Block] {
    (0..<count).compactMap { index in
      // Every block visits all of its sites.
      guard let stream = found[Site(part, index + 1, .stream)],
        let attended = found[Site(part, index + 1, .attention)],
        let feedForward = found[Site(part, index + 1, .feedForward)]
      else { return nil }
      var weights = found[Site(part, index + 1, .attentionWeights)]
      // Of one token there is one row a head.
      if case .row = attention {
      } else {
        weights = weights?.padded(toRows: rows, heads: model.facts.heads)
      }
      return BlockPass.Block(
        stream: stream.padded(toRows: rows),
        afterAttention: found[Site(part, index + 1, .afterAttention)]?.padded(toRows: rows),
        attention: attended.padded(toRows: rows), feedForward: feedForward.padded(toRows: rows),
        attentionWeights: weights)
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
