import Glibc
import Tensors

/// Attention among tokens some of which look at one another both ways, and gates on what it gathers.
extension Workspace {
  /// Whether tokens of a sequence that has nothing older look ahead.
  func looksAhead(_ sequence: Int, isFresh: Bool) -> Bool {
    guard isFresh, let block = job.blocks?[sequence] else { return false }
    return block.count { $0 } > 1
  }

  /// What each row of a sequence looks at: those before it and, where it is in the block, all of the block.
  /// - Parameter own: keys and values of all rows.
  func seen(
    _ own: KeptRows, sequence: Int, _ span: Places.Span
  ) -> [(queries: Range<Int>, kept: RowList)] {
    let block = job.blocks?[sequence] ?? []
    return span.rows.enumerated().map { index, row in
      var list = RowList()
      for other in 0..<span.rows.count where other <= index || block[index] && block[other] {
        list.append(own, row: other)
      }
      return (row..<row + 1, list)
    }
  }

  /// The weights of a sequence whose tokens look ahead.  // [heads · rows, rows]
  func weightsAhead(
    _ projected: Buffer, _ shape: AttentionShape, _ lists: [(queries: Range<Int>, kept: RowList)],
    sequence: Int
  ) -> Matrix {
    let (block, count) = (job.blocks?[sequence] ?? [], lists.count)
    var weights = Matrix(rows: shape.heads * count, columns: count)
    for (index, list) in lists.enumerated() {
      let own = Operations.attentionWeights(
        projected, queries: list.queries, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        headDimension: shape.headDimension, kept: list.kept)
      let others = (0..<count).filter { $0 <= index || block[index] && block[$0] }
      for head in 0..<shape.heads {
        for (place, other) in others.enumerated() {
          weights[head * count + index, other] = own[head, place]
        }
      }
    }
    return weights
  }

  package func gateOutput(_ gate: Register, of y: Register) {
    let gates = self[gate]
    for row in 0..<gates.rows {
      gates.withRow(row) { g in
        self[y].withRow(row) { out in
          for i in 0..<gates.columns { out[i] *= 1 / (1 + expf(-g[i])) }
        }
      }
    }
  }
}

extension BlockMathematics {
  /// Not in this mathematics: models with such gates are neither trained nor differentiated.
  package func gateOutput(_ gate: Register, of y: Register) {
    preconditionFailure("gates on attention are for inference")
  }
}
