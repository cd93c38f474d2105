import Tensors

/// Attention of inference: over the rows of a call alone, or over what a memory kept.
extension Workspace {
  package func attend(
    _ x: Register, _ shape: AttentionShape, into y: Register, at site: Site
  ) {
    let (projected, result) = (self[x], self[y])
    result.resize(rows: projected.rows, columns: shape.queryWidth)
    let isWatched = watch(site) != .nobody
    var alone: [Range<Int>] = []
    for (sequence, span) in job.places.spans.enumerated() where !span.rows.isEmpty {
      job.memory?.write(projected, rows: span.rows, slot: slot, of: sequence)
      // With nothing older it is the same as without a memory.
      let isFresh = job.memory?.isFresh(sequence) ?? true
      if isFresh { alone.append(span.rows) }
      if isFresh, !isWatched { continue }
      gather(projected, span.rows, shape, sequence: sequence, isFresh: isFresh)
      let isRewritten =
        isWatched && visit(site, projected, result, shape, sequence: sequence, span)
      if isRewritten {
        if isFresh { alone.removeLast() }
      } else if !isFresh {
        Operations.cachedAttention(
          projected, queries: span.rows, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
          headDimension: shape.headDimension, kept: kept, into: result, team: team)
      }
    }
    if !alone.isEmpty {
      Operations.causalAttention(
        projected, sequences: alone, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        into: result, team: team)
    }
    kept.removeAll()
  }

  /// Lists the keys and values that the queries of a sequence look at.
  private func gather(
    _ projected: Buffer, _ rows: Range<Int>, _ shape: AttentionShape, sequence: Int, isFresh: Bool
  ) {
    if !isFresh {
      job.memory?.list(slot: slot, of: sequence, into: &kept)
      return
    }
    var own = KeptRows(width: 2 * shape.keyWidth)
    own.append(projected, rows: rows, columns: shape.queryWidth..<shape.projectedWidth)
    kept.removeAll()
    kept.append(own)
  }

  /// The keys and values that the queries of a sequence looked at in the layer that ran last.
  func looksAt(
    _ projected: Buffer, _ rows: Range<Int>, _ shape: AttentionShape, sequence: Int
  ) -> RowList {
    gather(
      projected, rows, shape, sequence: sequence,
      isFresh: job.memory?.isFresh(sequence) ?? true)
    defer { kept.removeAll() }
    return kept
  }

  /// Shows the weights of a sequence to those who look.
  /// - Returns: whether they were changed; then `result` is what the changed ones give.
  private func visit(
    _ site: Site, _ projected: Buffer, _ result: Buffer, _ shape: AttentionShape, sequence: Int,
    _ span: Places.Span
  ) -> Bool {
    let weights = Buffer(
      Operations.attentionWeights(
        projected, queries: span.rows, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        headDimension: shape.headDimension, kept: kept))
    var isChanged = false
    job.call.hooks.visit(
      site,
      value: {
        SiteValue(
          site: site, iteration: job.iteration, places: job.seenPlaces, sequence: sequence,
          values: weights.matrix())
      },
      change: {
        weights.apply($0)
        isChanged = true
      })
    if isChanged {
      Operations.mix(
        weights.matrix(), queries: span.rows, heads: shape.heads,
        keyValueHeads: shape.keyValueHeads, headDimension: shape.headDimension, kept: kept,
        into: result)
    }
    return isChanged
  }
}

extension Buffer {
  /// Carries an edit out.
  /// - Precondition: the rows exist, and edits are as wide as they are.
  func apply(_ edit: SiteEdit) {
    for (row, edit) in edit.rows {
      precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
      let width = columns
      func check(_ values: [Float]) {
        precondition(values.count == width, "\(values.count) values for \(width) columns")
      }
      switch edit {
      case .replace(let values):
        check(values)
        for column in 0..<width { self[row, column] = values[column] }
      case .add(let values):
        check(values)
        for column in 0..<width { self[row, column] += values[column] }
      case .multiply(let values):
        check(values)
        for column in 0..<width { self[row, column] *= values[column] }
      }
    }
  }
}
