import Tensors

/// Inference: every operation is carried out at once, in the buffers of the workspace.
extension Workspace: BlockMathematics {
  package func linear(_ x: Register, _ map: Linear, adding z: Register?, into y: Register) {
    if let z {
      map.apply(self[x], adding: self[z], into: self[y], team: team)
    } else {
      map.apply(self[x], into: self[y], team: team)
    }
  }

  package func rmsNorm(_ x: Register, gain: [Float], epsilon: Float, into y: Register) {
    Operations.rmsNorm(self[x], weight: gain, epsilon: epsilon, into: self[y])
  }

  package func rmsNorm(_ x: Register, columns: Range<Int>, gain: [Float], epsilon: Float) {
    Operations.rmsNorm(self[x], columns: columns, weight: gain, epsilon: epsilon)
  }

  package func rotate(_ x: Register, _ rotation: Rotation<[Float]>, _ shape: AttentionShape) {
    let firstPosition = cachePlace?.firstPosition ?? 0
    switch rotation {
    case .interleaved(let bias):
      Operations.rotateInterleaved(
        self[x], heads: shape.heads, table: rotary, firstPosition: firstPosition, bias: bias)
    case .halfSplit:
      Operations.rotateHalfSplit(
        self[x], heads: shape.heads + shape.keyValueHeads, table: rotary,
        firstPosition: firstPosition)
    }
  }

  package func attend(_ x: Register, _ shape: AttentionShape, into y: Register) {
    if let place = cachePlace {
      place.cache.attend(
        self[x], slot: place.slot, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        into: self[y], team: team)
    } else {
      Operations.causalAttention(
        self[x], heads: shape.heads, keyValueHeads: shape.keyValueHeads, into: self[y], team: team)
    }
  }

  package func siluMultiply(_ x: Register, into y: Register) {
    Operations.siluMultiply(self[x], into: self[y])
  }

  package func add(_ x: Register, to y: Register) { Operations.add(self[x], to: self[y]) }
}
