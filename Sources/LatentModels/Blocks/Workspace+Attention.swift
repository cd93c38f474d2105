import Tensors

/// Attention of inference: over the rows of a call alone, or over what a memory kept.
extension Workspace {
  package func attend(
    _ x: Register, _ shape: AttentionShape, into y: Register, at site: Site
  ) {
    let (projected, result) = (self[x], self[y])
    result.resize(rows: projected.rows, columns: shape.queryWidth)
    let isWatched = watch(site) != .nobody
    // Taken out of the job meanwhile: what is looked up through an object is checked at every look.
    var memory = job.memory
    job.memory = nil
    defer { job.memory = memory }
    var alone: [Range<Int>] = []
    var behind: [(queries: Range<Int>, kept: RowList)] = []
    memory?.write(projected, spans: job.places.spans, slot: slot, team: team)
    for (sequence, span) in job.places.spans.enumerated() where !span.rows.isEmpty {
      // With nothing older it is the same as without a memory.
      let isFresh = memory?.isFresh(sequence) ?? true
      if looksAhead(sequence, isFresh: isFresh) {
        attendAhead(
          projected, shape, into: result, at: isWatched ? site : nil, sequence: sequence, span,
          &behind)
        continue
      }
      if isFresh, !isWatched {
        alone.append(span.rows)
        continue
      }
      let kept = gather(projected, span.rows, shape, &memory, sequence: sequence, isFresh: isFresh)
      if isWatched, visit(site, projected, result, shape, kept, sequence: sequence, span) {
        continue
      }
      if isFresh { alone.append(span.rows) } else { behind.append((span.rows, kept)) }
    }
    if !behind.isEmpty {
      Operations.cachedAttention(
        projected, sequences: behind, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        headDimension: shape.headDimension, into: result, team: team)
    }
    if !alone.isEmpty {
      Operations.causalAttention(
        projected, sequences: alone, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        into: result, team: team)
    }
  }

  /// The same of a sequence whose tokens look ahead: a row at a time, each over what it sees.
  /// - Parameters:
  ///   - site: what those who look are told; nil where nobody does.
  ///   - behind: what is to be computed with others.
  private func attendAhead(
    _ projected: Buffer, _ shape: AttentionShape, into result: Buffer, at site: Site?,
    sequence: Int, _ span: Places.Span, _ behind: inout [(queries: Range<Int>, kept: RowList)]
  ) {
    var own = KeptRows(width: 2 * shape.keyWidth)
    own.append(projected, rows: span.rows, columns: shape.queryWidth..<shape.projectedWidth)
    let lists = seen(own, sequence: sequence, span)
    if let site {
      var all = RowList()
      all.append(own)
      let weights = Buffer(weightsAhead(projected, shape, lists, sequence: sequence))
      if show(weights, at: site, sequence: sequence) {
        Operations.mix(
          weights.matrix(), queries: span.rows, heads: shape.heads,
          keyValueHeads: shape.keyValueHeads, headDimension: shape.headDimension, kept: all,
          into: result)
        return
      }
    }
    behind += lists
  }

  /// Lists the keys and values that the queries of a sequence look at.
  private func gather(
    _ projected: Buffer, _ rows: Range<Int>, _ shape: AttentionShape, _ memory: inout Memory?,
    sequence: Int, isFresh: Bool
  ) -> RowList {
    var kept = RowList()
    if isFresh {
      var own = KeptRows(width: 2 * shape.keyWidth)
      own.append(projected, rows: rows, columns: shape.queryWidth..<shape.projectedWidth)
      kept.append(own)
    } else {
      memory?.list(slot: slot, of: sequence, into: &kept)
    }
    return kept
  }

  /// The keys and values that the queries of a sequence looked at in the layer that ran last.
  func looksAt(
    _ projected: Buffer, _ rows: Range<Int>, _ shape: AttentionShape, sequence: Int
  ) -> RowList {
    let isFresh = job.memory?.isFresh(sequence) ?? true
    return gather(
      projected, rows, shape, &job.memory, sequence: sequence, isFresh: isFresh)
  }

  /// Shows the weights of a sequence to those who look.
  /// - Returns: whether they were changed; then `result` is what the changed ones give.
  private func visit(
    _ site: Site, _ projected: Buffer, _ result: Buffer, _ shape: AttentionShape,
    _ kept: RowList, sequence: Int, _ span: Places.Span
  ) -> Bool {
    let weights = Buffer(
      Operations.attentionWeights(
        projected, queries: span.rows, heads: shape.heads, keyValueHeads: shape.keyValueHeads,
        headDimension: shape.headDimension, kept: kept))
    let isChanged = show(weights, at: site, sequence: sequence)
    if isChanged {
      Operations.mix(
        weights.matrix(), queries: span.rows, heads: shape.heads,
        keyValueHeads: shape.keyValueHeads, headDimension: shape.headDimension, kept: kept,
        into: result)
    }
    return isChanged
  }

  /// Shows weights to those who look, who may change them.
  /// - Returns: whether they were changed.
  private func show(_ weights: Buffer, at site: Site, sequence: Int) -> Bool {
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
