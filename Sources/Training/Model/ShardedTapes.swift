import LatentModels
import Tensors

/// The tapes that a batch is computed on, one for each of a fixed number of shards.
///
/// Shards run on any number of threads, and their gradients are added in order: bits depend on the
/// number of shards alone. After the first step of a size nothing is allocated.
final class ShardedTapes {
  /// What one shard owns.
  struct Shard {
    let tape: Tape
    var gradient: [Float]  // [layout.count]
    /// Σ w·CE of its rows.
    var loss = 0.0
  }

  let count: Int
  private let parameters: Int
  private let packed: PackedParameters
  private let angles: RotationAngles
  private let team: ThreadTeam
  private var shards: [Shard] = []

  /// - Parameters:
  ///   - count: of shards; part of the result's bits.
  ///   - matrices: of the network, as its source handed them out.
  init(
    count: Int, layout: ParameterLayout, matrices: [ParameterMatrix], numerics: Numerics,
    angles: RotationAngles, team: ThreadTeam
  ) {
    self.count = count
    parameters = layout.count
    packed = PackedParameters(matrices, numerics: numerics)
    (self.angles, self.team) = (angles, team)
  }

  /// Bytes of all tapes.
  var size: Int { shards.reduce(0) { $0 + $1.tape.size } }

  /// Packs the weights, then runs every shard on one thread.
  /// - Returns: whether all weights are finite.
  func run(
    _ values: [Float], hooks: Hooks = .none, forGradients: Bool,
    _ body: (inout Shard, UnsafePointer<Float>, _ shard: Int) -> Void
  ) -> Bool {
    precondition(values.count == parameters, "\(values.count) of \(parameters) weights")
    return values.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return true }
      let finite = packed.pack(values, forGradients: forGradients, team: team)
      while shards.count < count {
        shards.append(
          Shard(
            tape: Tape(packed: packed, angles: angles, parameters: values),
            gradient: [Float](repeating: 0, count: parameters)))
      }
      for shard in shards { shard.tape.hooks = hooks }
      shards.withUnsafeMutableBufferPointer { shards in
        let shards = shards
        team.run(tiles: count, work: .max) { body(&shards[$0], values, $0) }
      }
      return finite
    }
  }

  /// The loss of every shard from a body that adds to a gradient, and the sum of all gradients.
  /// - Parameter body: gives Σ w·CE of what a shard computes.
  /// - Returns: Σ w·CE of all, not a number where a weight is none.
  func gradients(
    of values: [Float], hooks: Hooks = .none, into gradients: inout [Float],
    _ body: (Tape, UnsafePointer<Float>, UnsafeMutablePointer<Float>, _ shard: Int) -> Double
  ) -> Double {
    let finite = run(values, hooks: hooks, forGradients: true) { shard, values, index in
      let tape = shard.tape
      shard.loss = shard.gradient.withUnsafeMutableBufferPointer { gradient in
        guard let gradient = gradient.baseAddress else { return 0 }
        gradient.update(repeating: 0, count: parameters)
        return body(tape, values, gradient, index)
      }
    }
    add(into: &gradients)
    return finite ? shards.reduce(0) { $0 + $1.loss } : .nan
  }

  /// The sum of all shards' gradients, in order.
  private func add(into gradients: inout [Float]) {
    if gradients.count != parameters { gradients = [Float](repeating: 0, count: parameters) }
    gradients.withUnsafeMutableBufferPointer { sum in
      for (index, shard) in shards.enumerated() {
        shard.gradient.withUnsafeBufferPointer { part in
          if index == 0 {
            for i in 0..<parameters { sum[i] = part[i] }
          } else {
            for i in 0..<parameters { sum[i] += part[i] }
          }
        }
      }
    }
  }
}
