import Tensors

/// Derivatives of y = P·v, P = softmax(q·kᵀ/√hd). Keys and values of tokens before the rows stand still.
extension TangentPass {
  /// dS = (dq·kᵀ + q·dkᵀ)/√hd,  dP = P ⊙ (dS − Σ P ⊙ dS),  dy = dP·v + P·dv.
  ///
  /// Within tokens, changes of keys and values reach the token's own query alone.
  func attentionTangent(
    _ tangent: Buffer, _ shape: AttentionShape, _ sequences: [LinearizedAttention]
  ) -> Buffer {
    let (size, group) = (shape.headDimension, shape.heads / shape.keyValueHeads)
    let (query, key) = (shape.queryWidth, shape.keyWidth)
    let scale = 1 / Float(size).squareRoot()
    let result = Buffer(rows: tangent.rows, columns: query)
    let within = withinTokens
    for copy in 0..<copies {
      for sequence in sequences {
        let (older, first) = (sequence.older, copy * rows + sequence.rows.lowerBound)
        var slopes = [Float](repeating: 0, count: sequence.kept.rows)
        for head in 0..<shape.heads {
          let place = head / group * size
          for t in 0..<sequence.rows.count {
            let seen = older + t + 1
            let weights = sequence.weights.row(head * sequence.rows.count + t)
            let w = weights.startIndex
            let own = within ? older + t..<seen : older..<seen
            tangent.withRow(first + t) { d in
              sequence.kept.values.withUnsafeBufferPointer { kept in
                for j in 0..<seen {
                  let k = j * 2 * key + place
                  var sum: Float = 0
                  for i in 0..<size { sum += d[head * size + i] * kept[k + i] }
                  slopes[j] = sum
                }
              }
            }
            let q = sequence.queries.row(t).dropFirst(head * size)
            let q0 = q.startIndex
            for j in own {
              tangent.withRow(first + j - older) { d in
                var sum: Float = 0
                for i in 0..<size { sum += q[q0 + i] * d[query + place + i] }
                slopes[j] += sum
              }
            }
            var mean: Float = 0
            for j in 0..<seen { mean += weights[w + j] * slopes[j] }
            result.withRow(first + t) { y in
              let out = y + head * size
              for j in 0..<seen {
                let change = weights[w + j] * (slopes[j] - mean) * scale
                let v = j * 2 * key + key + place
                sequence.kept.values.withUnsafeBufferPointer { kept in
                  for i in 0..<size { out[i] += change * kept[v + i] }
                }
              }
              for j in own {
                let weight = weights[w + j]
                tangent.withRow(first + j - older) { d in
                  for i in 0..<size { out[i] += weight * d[query + key + place + i] }
                }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// dv = Pᵀ·dy,  dP = dy·vᵀ,  dS = P ⊙ (dP − Σ P ⊙ dP)/√hd,  dq = dS·k,  dk = dSᵀ·q.
  func attentionCotangent(
    _ cotangent: Buffer, _ shape: AttentionShape, _ sequences: [LinearizedAttention]
  ) -> Buffer {
    let (size, group) = (shape.headDimension, shape.heads / shape.keyValueHeads)
    let (query, key) = (shape.queryWidth, shape.keyWidth)
    let scale = 1 / Float(size).squareRoot()
    let result = Buffer(rows: cotangent.rows, columns: shape.projectedWidth)
    for copy in 0..<copies {
      for sequence in sequences {
        let (older, first) = (sequence.older, copy * rows + sequence.rows.lowerBound)
        var slopes = [Float](repeating: 0, count: sequence.kept.rows)
        for head in 0..<shape.heads {
          let place = head / group * size
          for t in 0..<sequence.rows.count {
            let seen = older + t + 1
            let weights = sequence.weights.row(head * sequence.rows.count + t)
            let w = weights.startIndex
            let q = sequence.queries.row(t).dropFirst(head * size)
            let q0 = q.startIndex
            var mean: Float = 0
            cotangent.withRow(first + t) { dy in
              let out = dy + head * size
              sequence.kept.values.withUnsafeBufferPointer { kept in
                for j in 0..<seen {
                  let v = j * 2 * key + key + place
                  var sum: Float = 0
                  for i in 0..<size { sum += out[i] * kept[v + i] }
                  slopes[j] = sum
                  mean += weights[w + j] * sum
                }
              }
              for j in older..<seen {
                result.withRow(first + j - older) { dx in
                  for i in 0..<size { dx[query + key + place + i] += weights[w + j] * out[i] }
                }
              }
            }
            for j in 0..<seen {
              let slope = weights[w + j] * (slopes[j] - mean) * scale
              let k = j * 2 * key + place
              result.withRow(first + t) { dx in
                sequence.kept.values.withUnsafeBufferPointer { kept in
                  for i in 0..<size { dx[head * size + i] += slope * kept[k + i] }
                }
              }
              guard j >= older else { continue }
              result.withRow(first + j - older) { dx in
                for i in 0..<size { dx[query + place + i] += slope * q[q0 + i] }
              }
            }
          }
        }
      }
    }
    return result
  }
}
