/// One transformer block: attention, then a feed-forward network, each added to the stream.
///
/// Families differ only in which norms stand where, and `ResidualNorms` says so.
package struct TransformerBlock<Mathematics: BlockMathematics>: Sendable {
  let attention: SelfAttention<Mathematics>
  let attentionNorms: ResidualNorms<Mathematics>
  let mlp: FeedForward<Mathematics>
  let mlpNorms: ResidualNorms<Mathematics>

  /// Rewrites the stream in place.
  /// - Parameter place: which block this is, for those who look inside.
  package func apply(at place: BlockPlace, using mathematics: Mathematics) {
    attentionNorms.add(attention, to: .stream, at: place, using: mathematics)
    mathematics.visit(place.site(.afterAttention), .stream)
    mlpNorms.add(mlp, to: .stream, at: place, using: mathematics)
    mathematics.visit(place.site(.stream), .stream)
  }
}

extension Array {
  /// Runs blocks in order over the stream.
  package func apply<Mathematics>(of part: Site.Part, using mathematics: Mathematics)
  where Element == TransformerBlock<Mathematics> {
    for (index, block) in enumerated() {
      block.apply(at: BlockPlace(part, index + 1), using: mathematics)
    }
  }
}

/// Which block of a model.
public struct BlockPlace: Sendable, Hashable {
  public let part: Site.Part
  /// From 1; 0 in the core is what its first block reads.
  public let block: Int

  public init(_ part: Site.Part, _ block: Int) { (self.part, self.block) = (part, block) }

  /// What lies there.
  /// - Precondition: as of `Site`.
  package func site(_ kind: Site.Kind) -> Site { Site(part, block, kind) }
}

/// What a block adds to its stream: something gathered, then mapped back to its width.
protocol ResidualBranch<Mathematics> {
  associatedtype Mathematics: BlockMathematics

  /// What the sum that it makes is called.
  static var kind: Site.Kind { get }
  /// The last of its maps.
  var output: Mathematics.Map { get }

  /// Everything before the last map.
  /// - Returns: where the last map finds its input.
  func gather(_ x: Register, at place: BlockPlace, using mathematics: Mathematics) -> Register
}

/// A norm with what it learned.
enum BlockNorm<Vector: Sendable>: Sendable {
  /// x / sqrt(mean(x²) + ε) · gain.
  case rootMeanSquare(gain: Vector)  // [width]
  /// (x − mean) / sqrt(variance + ε) · gain + bias.
  case layer(gain: Vector, bias: Vector?)  // [width]

  func apply<Mathematics: BlockMathematics>(
    _ x: Register, epsilon: Float, into y: Register, using mathematics: Mathematics
  ) where Mathematics.Vector == Vector {
    switch self {
    case .rootMeanSquare(let gain): mathematics.rmsNorm(x, gain: gain, epsilon: epsilon, into: y)
    case .layer(let gain, let bias):
      mathematics.layerNorm(x, gain: gain, bias: bias, epsilon: epsilon, into: y)
    }
  }
}

/// Where the norms of one half of a block stand; a norm that is nil is not there:
///
///     x ← sum( x + output( branch( input(x) ) ) )
///
/// Sandwich blocks (Huginn) have `input` and `sum`, pre-norm blocks (Llama, GPT-2) `input` alone,
/// post-norm blocks (OLMo-2) `output` alone, looped models (Ouro) `input` and `output`.
struct ResidualNorms<Mathematics: BlockMathematics>: Sendable {
  typealias Norm = BlockNorm<Mathematics.Vector>

  /// On what the branch reads.
  var input: Norm?
  /// On what the branch gives, before it is added.
  var output: Norm?
  /// On the sum, so that the stream itself is brought back to unit size.
  var sum: Norm?
  let epsilon: Float

  /// Adds a branch to `x` in place.
  func add<Branch: ResidualBranch<Mathematics>>(
    _ branch: Branch, to x: Register, at place: BlockPlace, using mathematics: Mathematics
  ) {
    var source = x
    if let input {
      input.apply(x, epsilon: epsilon, into: .normed, using: mathematics)
      source = .normed
    }
    let site = place.site(Branch.kind)
    let watch = mathematics.watch(site)
    let gathered = branch.gather(source, at: place, using: mathematics)
    if output != nil || watch != .nobody {
      mathematics.linear(gathered, branch.output, adding: nil, into: .sum)
      output?.apply(.sum, epsilon: epsilon, into: .sum, using: mathematics)
      mathematics.visit(site, .sum)
    }
    if output != nil || watch == .rewrites {
      mathematics.add(.sum, to: x)
    } else {
      // In one product, also when somebody looked: to look changes no bit.
      mathematics.linear(gathered, branch.output, adding: x, into: x)
    }
    if let sum { sum.apply(x, epsilon: epsilon, into: x, using: mathematics) }
  }
}

extension ResidualNorms {
  /// Norms by their root mean square.
  init(
    input: Mathematics.Vector? = nil, output: Mathematics.Vector? = nil,
    sum: Mathematics.Vector? = nil, epsilon: Float
  ) {
    self.init(
      input: input.map { .rootMeanSquare(gain: $0) },
      output: output.map { .rootMeanSquare(gain: $0) },
      sum: sum.map { .rootMeanSquare(gain: $0) }, epsilon: epsilon)
  }
}
