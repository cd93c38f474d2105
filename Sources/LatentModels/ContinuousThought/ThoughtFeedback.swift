import Tensors

/// What a hidden vector becomes on its way back into the model.
package enum ThoughtFeedback: Sendable {
  /// Itself (COCONUT).
  case hidden
  /// norm(outer(gelu(inner(h)))) (CODI).
  case projector(Stack)
  /// mean(norm(outer(gelu(inner(h))))) · deviation (CoLaR; of its published sampler the mean alone).
  case latentHead(Stack, mean: Linear, deviation: Float)

  /// Two maps and a norm. The GELU is the exact one, also where the backbone has the other form.
  package struct Stack: Sendable {
    let inner: Linear  // [hidden, width]
    let outer: Linear  // [width or hidden, hidden]
    let gain: [Float]
    let bias: [Float]

    /// From one register into another, through `gateAndUp` and `gated`.
    func apply(_ x: Register, into y: Register, using scratch: Workspace) {
      scratch.linear(x, inner, adding: nil, into: .gateAndUp)
      scratch.gelu(.gateAndUp, .exact, into: .gated)
      scratch.linear(.gated, outer, adding: nil, into: y)
      scratch.layerNorm(y, gain: gain, bias: bias, epsilon: 1e-5, into: y)
    }
  }

  /// Takes every tensor by its name.
  init(
    _ form: ContinuousThoughtConfiguration.Feedback, from source: inout WeightPacker
  ) throws {
    func map(_ name: String) throws -> Linear {
      try source.linear("\(name).weight", bias: "\(name).bias")
    }
    func stack(_ inner: String, _ outer: String, _ norm: String) throws -> Stack {
      Stack(
        inner: try map(inner), outer: try map(outer), gain: try source.vector("\(norm).weight"),
        bias: try source.vector("\(norm).bias"))
    }
    switch form {
    case .hidden: self = .hidden
    case .projector:
      let names = ThoughtTensorNames.projector
      self = .projector(try stack(names.inner, names.outer, names.norm))
    case .latentHead(_, let deviation):
      let names = ThoughtTensorNames.latentHead
      self = .latentHead(
        try stack(names.inner, names.outer, names.norm), mean: try map(names.mean),
        deviation: deviation)
    }
  }

  /// Takes the tensors of a latent head by their names.
  /// - Parameters:
  ///   - width: of what it reads and gives; `inner` is its own.
  ///   - deviation: of embeddings, by which its mean is multiplied.
  /// - Throws: `ModelError` for a tensor that is not there, `NonFiniteWeight`.
  package init(
    latentHead tensors: [String: StoredTensor], deviation: Float, team: ThreadTeam
  ) throws {
    var packer = WeightPacker(tensors, WeightPacking(team: team))
    try self.init(.latentHead(width: 0, deviation: deviation), from: &packer)
  }

  /// The vectors that hidden ones become.  // [rows, width]
  package func thoughts(from hidden: Matrix, team: ThreadTeam) -> Matrix {
    let scratch = Workspace(team: team, frequencies: [], maximumTokens: 1)
    scratch[.state].load(hidden)
    apply(using: scratch)
    return scratch[.stream].matrix()
  }

  /// stream ← what `state` becomes.
  func apply(using scratch: Workspace) {
    switch self {
    case .hidden: scratch[.stream].copy(from: scratch[.state])
    case .projector(let stack): stack.apply(.state, into: .stream, using: scratch)
    case .latentHead(let stack, let mean, let deviation):
      stack.apply(.state, into: .normed, using: scratch)
      scratch.linear(.normed, mean, adding: nil, into: .stream)
      Operations.scale(scratch[.stream], by: deviation)
    }
  }
}
