import CKernels

/// The other way through a linear map, for derivatives.
extension Linear {
  /// Whether `applyTransposed` works: rounding activations has no derivative.
  public var isDifferentiable: Bool { precision == .exact }

  /// dx = dy·W in float32, weights as stored; `dx` takes the shape `[dy.rows, inputs]`. Every number is
  /// summed in the same order whatever the threads.
  /// - Precondition: the map is differentiable, `dy.columns == outputs`, and `dx` is not `dy`.
  package func applyTransposed(_ dy: Buffer, into dx: Buffer, team: ThreadTeam) {
    precondition(isDifferentiable, "\(precision) rounds activations")
    precondition(dy.columns == outputs, "\(dy.columns) columns out of \(outputs) outputs")
    precondition(dx !== dy, "a linear map cannot write over its own input")
    dx.resize(rows: dy.rows, columns: inputs)
    guard dy.rows > 0, inputs > 0 else { return }
    let together = Self.inputsInTile
    let (from, to) = (dy.view, dx.view)
    team.run(
      tiles: (inputs + together - 1) / together, work: dy.rows * inputs * outputs
    ) { tile in
      let columns = tile * together..<min(inputs, (tile + 1) * together)
      withUnsafeTemporaryAllocation(of: SIMD8<Float>.self, capacity: together) { sums in
        guard let sums = sums.baseAddress else { return }
        for row in 0..<from.rows {
          transpose(
            from.pointer + row * from.stride, columns, sums,
            into: to.pointer + row * to.stride)
        }
      }
    }
  }

  /// Inputs that one thread takes at a time; even, as bfloat16 weights lie in pairs.
  private static let inputsInTile = 256

  /// - Parameter sums: room for one sum of eight parts an input.
  private func transpose(
    _ dy: UnsafePointer<Float>, _ columns: Range<Int>, _ sums: UnsafeMutablePointer<SIMD8<Float>>,
    into dx: UnsafeMutablePointer<Float>
  ) {
    sums.initialize(repeating: SIMD8(), count: columns.count)
    let panelBytes = Int(muninn_packed_bytes(format, 32, Int64(inputs)))
    for panel in 0..<(outputs + 31) / 32 {
      // What lies behind the last output is no number.
      let last = outputs - panel * 32
      func part(_ first: Int) -> SIMD8<Float> {
        var part = SIMD8<Float>()
        for lane in 0..<max(0, min(8, last - first)) { part[lane] = dy[panel * 32 + first + lane] }
        return part
      }
      let gradient = (part(0), part(8), part(16), part(24))
      let weights = UnsafeRawPointer(storage.bytes + panel * panelBytes)
      if format == MUNINN_BF16 {
        for (index, column) in columns.enumerated() {
          // Pairs of inputs: 32 words, the first of a pair in the lower half.
          let pair = weights + column / 2 * 128
          let isFirst = column % 2 == 0
          func load(_ first: Int) -> SIMD8<Float> {
            let words = pair.loadUnaligned(fromByteOffset: 4 * first, as: SIMD8<UInt32>.self)
            return unsafeBitCast(
              isFirst ? words &<< 16 : words & 0xFFFF_0000, to: SIMD8<Float>.self)
          }
          let low = load(0) * gradient.0 + load(8) * gradient.1
          sums[index] += low + (load(16) * gradient.2 + load(24) * gradient.3)
        }
      } else {
        for (index, column) in columns.enumerated() {
          let row = weights + column * 128
          func load(_ first: Int) -> SIMD8<Float> {
            row.loadUnaligned(fromByteOffset: 4 * first, as: SIMD8<Float>.self)
          }
          let low = load(0) * gradient.0 + load(8) * gradient.1
          sums[index] += low + (load(16) * gradient.2 + load(24) * gradient.3)
        }
      }
    }
    for (index, column) in columns.enumerated() {
      let four = sums[index].lowHalf + sums[index].highHalf
      let two = four.lowHalf + four.highHalf
      dx[column] = two[0] + two[1]
    }
  }
}
