import Tensors

/// Mathematics that carries operations out as inference does, and remembers what their derivatives
/// need: what a program of blocks does to small changes of its input.
package final class Linearizer: BlockMathematics {
  package typealias Map = Linear
  package typealias Vector = [Float]

  let scratch: Workspace
  private(set) var operations: [LinearizedOperation] = []
  /// Why there is no derivative, where there is none.
  private(set) var failure: NoLinearization?

  init(_ scratch: Workspace) { self.scratch = scratch }

  /// Runs blocks in order over the stream, stopping between them on request.
  func apply(
    _ blocks: [TransformerBlock<Linearizer>], of part: Site.Part, slot: (Int) -> Int
  ) throws {
    for (index, block) in blocks.enumerated() {
      try scratch.job.call.control.check()
      scratch.slot = slot(index)
      block.apply(at: BlockPlace(part, index + 1), using: self)
    }
    if let failure { throw failure }
  }

  func record(_ operation: LinearizedOperation) { operations.append(operation) }

  /// Gives the value of one register to another.
  func move(_ x: Register, to y: Register) {
    scratch[y].copy(from: scratch[x])
    operations.append(.move(x: x, y: y))
  }

  // MARK: BlockMathematics

  package func linear(_ x: Register, _ map: Linear, adding z: Register?, into y: Register) {
    if !map.isDifferentiable { failure = .rounded(map.precision) }
    scratch.linear(x, map, adding: z, into: y)
    operations.append(.linear(x: x, map: map, z: z, y: y))
  }

  package func rmsNorm(_ x: Register, gain: [Float], epsilon: Float, into y: Register) {
    let input = scratch[x].matrix()
    scratch.rmsNorm(x, gain: gain, epsilon: epsilon, into: y)
    operations.append(
      .rmsNorm(
        x: x, columns: 0..<input.columns, input: input, gain: gain, epsilon: epsilon, y: y))
  }

  package func rmsNorm(_ x: Register, columns: Range<Int>, gain: [Float], epsilon: Float) {
    let input = scratch[x].matrix(columns: columns)
    scratch.rmsNorm(x, columns: columns, gain: gain, epsilon: epsilon)
    operations.append(
      .rmsNorm(x: x, columns: columns, input: input, gain: gain, epsilon: epsilon, y: x))
  }

  package func layerNorm(
    _ x: Register, gain: [Float], bias: [Float]?, epsilon: Float, into y: Register
  ) {
    let input = scratch[x].matrix()
    scratch.layerNorm(x, gain: gain, bias: bias, epsilon: epsilon, into: y)
    operations.append(.layerNorm(x: x, input: input, gain: gain, epsilon: epsilon, y: y))
  }

  package func rotate(_ x: Register, _ rotation: Rotation<[Float]>, _ shape: AttentionShape) {
    scratch.rotate(x, rotation, shape)
    switch rotation {
    case .none: break
    case .interleaved: operations.append(.rotate(x: x, isInterleaved: true, shape))
    case .halfSplit: operations.append(.rotate(x: x, isInterleaved: false, shape))
    }
  }

  package func attend(
    _ x: Register, _ shape: AttentionShape, into y: Register, at site: Site
  ) {
    if watch(site) == .rewrites { failure = .rewrittenAttention(site) }
    let projected = scratch[x].matrix()
    scratch.attend(x, shape, into: y, at: site)
    var sequences: [LinearizedAttention] = []
    for (sequence, span) in scratch.job.places.spans.enumerated() where !span.rows.isEmpty {
      let kept = scratch.looksAt(scratch[x], span.rows, shape, sequence: sequence)
      let weights = Operations.attentionWeights(
        scratch[x], queries: span.rows, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        headDimension: shape.headDimension, kept: kept)
      let queries = span.rows.flatMap { projected.row($0).prefix(shape.queryWidth) }
      sequences.append(
        LinearizedAttention(
          rows: span.rows,
          queries: Matrix(rows: span.rows.count, columns: shape.queryWidth, values: queries),
          kept: kept.matrix(width: 2 * shape.keyWidth), weights: weights))
    }
    operations.append(.attend(x: x, shape: shape, sequences: sequences, y: y))
  }

  package func siluMultiply(_ x: Register, into y: Register) {
    scratch.siluMultiply(x, into: y)
    operations.append(.siluMultiply(x: x, input: scratch[x].matrix(), y: y))
  }

  package func gelu(_ x: Register, _ form: GeluForm, into y: Register) {
    let input = scratch[x].matrix()
    scratch.gelu(x, form, into: y)
    operations.append(.gelu(x: x, input: input, form: form, y: y))
  }

  package func add(_ x: Register, to y: Register) {
    scratch.add(x, to: y)
    operations.append(.add(x: x, y: y))
  }

  package func watch(_ site: Site) -> Hooks.Watch { scratch.watch(site) }

  package func visit(_ site: Site, _ x: Register) {
    let hooks = scratch.job.call.hooks
    if hooks.isEmpty { return }
    let buffer = scratch[x]
    hooks.visit(
      site,
      value: {
        SiteValue(
          site: site, iteration: scratch.job.iteration, places: scratch.job.places,
          sequence: nil, values: buffer.matrix())
      },
      change: {
        buffer.apply($0)
        operations.append(.edit(x: x, $0))
      })
  }
}

/// Why an iteration has no derivative here.
public enum NoLinearization: Error, Sendable, Equatable, CustomStringConvertible {
  /// Its products round what they are given.
  case rounded(Precision)
  /// Somebody rewrites attention weights.
  case rewrittenAttention(Site)
  /// The family has no program of blocks to go through.
  case family(String)

  public var description: String {
    switch self {
    case .rounded(let precision):
      "Products in \(precision.rawValue) precision round activations, which has no derivative; "
        + "take exact precision."
    case .rewrittenAttention(let site):
      "An iteration whose \(site) are rewritten is not differentiated; take that edit away."
    case .family(let family):
      "Iterations of this family are not differentiated: \(family). Leave the Jacobian out; "
        + "everything else is measured without it."
    }
  }
}
