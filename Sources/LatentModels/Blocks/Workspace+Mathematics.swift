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
    Operations.rmsNorm(self[x], weight: gain, epsilon: epsilon, into: self[y], team: team)
  }

  package func rmsNorm(_ x: Register, columns: Range<Int>, gain: [Float], epsilon: Float) {
    Operations.rmsNorm(self[x], columns: columns, weight: gain, epsilon: epsilon, team: team)
  }

  package func layerNorm(
    _ x: Register, gain: [Float], bias: [Float]?, epsilon: Float, into y: Register
  ) {
    Operations.layerNorm(
      self[x], weight: gain, bias: bias, epsilon: epsilon, into: self[y], team: team)
  }

  package func rotate(_ x: Register, _ rotation: Rotation<[Float]>, _ shape: AttentionShape) {
    guard let rotary else { return }
    let (buffer, spans) = (self[x], job.places.spans)
    let work = buffer.rows * (shape.heads + shape.keyValueHeads) * shape.headDimension * 8
    team.run(rows: spans.count, workInRow: work / max(1, spans.count)) { some in
      for span in spans[some] {
        switch rotation {
        case .none: break
        case .interleaved(let bias):
          Operations.rotateInterleaved(
            buffer, rows: span.rows, heads: shape.heads, table: rotary,
            firstPosition: span.firstPosition, bias: bias)
        case .halfSplit:
          Operations.rotateHalfSplit(
            buffer, rows: span.rows, heads: shape.heads + shape.keyValueHeads, table: rotary,
            firstPosition: span.firstPosition)
        }
      }
    }
  }

  package func siluMultiply(_ x: Register, into y: Register) {
    Operations.siluMultiply(self[x], into: self[y], team: team)
  }

  package func gelu(_ x: Register, _ form: GeluForm, into y: Register) {
    Operations.gelu(self[x], form, into: self[y], team: team)
  }

  package func add(_ x: Register, to y: Register) {
    Operations.add(self[x], to: self[y], team: team)
  }

  package func watch(_ site: Site) -> Hooks.Watch { job.call.hooks.watch(site) }

  package func visit(_ site: Site, _ x: Register) {
    let hooks = job.call.hooks
    if hooks.isEmpty { return }
    let buffer = self[x]
    hooks.visit(
      site,
      value: {
        SiteValue(
          site: site, iteration: job.iteration, places: job.seenPlaces, sequence: nil,
          values: buffer.matrix())
      },
      rows: {
        SiteRows(
          site: site, iteration: job.iteration, places: job.seenPlaces, buffer: buffer, team: team)
      },
      change: { buffer.apply($0) })
  }
}
