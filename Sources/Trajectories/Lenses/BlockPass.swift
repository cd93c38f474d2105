import LatentModels
import Tensors

/// What went through the blocks of one part of a model once: an iteration of the core, or the prelude
/// or the coda of it. Values, of one sequence.
public struct BlockPass: Sendable {
  /// What one block did.
  public struct Block: Sendable {
    /// The stream after it.
    public let stream: Matrix  // [tokens, width]
    /// The stream between attention and the feed-forward network; nil where nobody asked.
    public let afterAttention: Matrix?  // [tokens, width]
    /// What attention added, before the sum and the norm on that: where a norm covers the sum, the
    /// stream after it is not the stream before plus this.
    public let attention: Matrix  // [tokens, width]
    /// What the feed-forward network added, likewise.
    public let feedForward: Matrix  // [tokens, width]
    /// The softmax over keys, the rows of the first head before those of the next; nil where nobody
    /// asked. Keys are all tokens of the text up to the last of these. Of one token alone where only
    /// that was asked for.
    public let attentionWeights: Matrix?  // [heads · tokens, keys]

    package init(
      stream: Matrix, afterAttention: Matrix? = nil, attention: Matrix, feedForward: Matrix,
      attentionWeights: Matrix?
    ) {
      self.stream = stream
      self.afterAttention = afterAttention
      self.attention = attention
      self.feedForward = feedForward
      self.attentionWeights = attentionWeights
    }
  }

  public let part: Site.Part
  /// The iteration that ran, from 1; 0 in the prelude; in the coda that of the state it read.
  public let iteration: Int
  /// Block 0: what the first block read. In the core the adapter's output, or for families that inject
  /// nothing the state before; nil in prelude and coda.
  public let input: Matrix?  // [tokens, width]
  /// Whether an adapter made block 0 of the state and e.
  public let hasAdapter: Bool
  public let blocks: [Block]
  /// What it left: the state after the iteration, edited where it was, e, or what the head reads.
  public let output: Matrix  // [tokens, width]

  package init(
    part: Site.Part, iteration: Int, input: Matrix?, hasAdapter: Bool = false, blocks: [Block],
    output: Matrix
  ) {
    self.part = part
    self.iteration = iteration
    self.input = input
    self.hasAdapter = hasAdapter
    self.blocks = blocks
    self.output = output
  }

  /// The stream after a block, block 0 being what the first one read.
  /// - Precondition: there is such a block, and in prelude and coda it is not 0.
  public func stream(after block: Int) -> Matrix {  // [tokens, width]
    if block > 0 { return blocks[block - 1].stream }
    guard let input else { preconditionFailure("the \(part.rawValue) has no block 0") }
    return input
  }

  /// All streams in order, from block 0 on where there is one.
  public var streams: [Matrix] { (input.map { [$0] } ?? []) + blocks.map(\.stream) }
}
