import Synchronization
import Tensors

/// Muon for matrices and AdamW for everything else, or AdamW for all.
///
/// Tensors are independent of each other and each is updated by one thread, so the result does not
/// depend on the number of threads.
public final class Optimizer {
  /// A stretch of the parameter vector that is updated as one.
  private struct Piece {
    var range: Range<Int>
    /// Sides of the matrix; nil for AdamW.
    var sides: (rows: Int, columns: Int)?
    /// Cost relative to other pieces.
    var work: Int
  }

  public let settings: OptimizerSettings
  private let count: Int
  private let pieces: [Piece]
  private let work: Int
  private let team: ThreadTeam
  private let scratch: Mutex<[MuonScratch]>

  /// - Parameter usesMuon: whether matrices are orthogonalised; without, all follow AdamW, as weights do
  ///   that were trained already.
  public init(
    layout: ParameterLayout, settings: OptimizerSettings, usesMuon: Bool = true, team: ThreadTeam
  ) {
    self.settings = settings
    self.team = team
    count = layout.count
    // The dearest first, so that no thread is left alone with it at the end.
    pieces = layout.entries.flatMap { Self.pieces($0, usesMuon: usesMuon) }
      .sorted { $0.work > $1.work }
    work = pieces.reduce(0) { $0 + $1.work }
    scratch = Mutex([])
  }

  private static func pieces(_ entry: ParameterLayout.Entry, usesMuon: Bool) -> [Piece] {
    let range = entry.offset..<entry.offset + entry.count
    let heights: [Int]
    switch entry.role {
    case .matrix where !usesMuon, .stack where !usesMuon:
      return [Piece(range: range, sides: nil, work: 8 * entry.count)]
    case .matrix(let parts):
      heights = Array(repeating: (entry.shape.first ?? 0) / parts, count: parts)
    case .stack(let rows): heights = rows
    case .embedding, .gain, .bias:
      return [Piece(range: range, sides: nil, work: 8 * entry.count)]
    }
    precondition(
      entry.shape.count == 2 && heights.reduce(0, +) == entry.shape[0],
      "'\(entry.name)' of shape \(entry.shape) does not divide into \(heights) rows")
    let columns = entry.shape[1]
    var start = entry.offset
    return heights.map { rows in
      let side = min(rows, columns)
      defer { start += rows * columns }
      return Piece(
        range: start..<start + rows * columns, sides: (rows, columns),
        work: 5 * side * (2 * rows * columns + side * side))
    }
  }

  /// Takes one step.
  /// - Parameters:
  ///   - weights: changed in place.  // [layout.count]
  ///   - gradients: already clipped.  // [layout.count]
  ///   - rate: factor on both learning rates, from the schedule.
  public func update(
    _ weights: inout [Float], gradients: [Float], state: inout OptimizerState, rate: Double
  ) {
    precondition(weights.count == count && gradients.count == count, "vectors of another layout")
    precondition(state.momentum.count == count, "a state of another layout")
    state.steps += 1
    let adam = AdamWStep(settings.adamW, step: state.steps, rate: rate)
    let muon = MuonStep(settings.muon, rate: rate)
    weights.withUnsafeMutableBufferPointer { weights in
      gradients.withUnsafeBufferPointer { gradients in
        state.momentum.withUnsafeMutableBufferPointer { momentum in
          state.secondMoment.withUnsafeMutableBufferPointer { second in
            nonisolated(unsafe) let (weights, gradients) = (weights, gradients)
            nonisolated(unsafe) let (momentum, second) = (momentum, second)
            team.run(tiles: pieces.count, work: work) { tile in
              let piece = pieces[tile]
              let part = UnsafeMutableBufferPointer(rebasing: weights[piece.range])
              let gradient = UnsafeBufferPointer(rebasing: gradients[piece.range])
              let first = UnsafeMutableBufferPointer(rebasing: momentum[piece.range])
              guard let sides = piece.sides else {
                let second = UnsafeMutableBufferPointer(rebasing: second[piece.range])
                return adam.apply(to: part, gradient: gradient, first: first, second: second)
              }
              let own = scratch.withLock { $0.popLast() } ?? MuonScratch()
              muon.apply(
                to: part, gradient: gradient, momentum: first, rows: sides.rows,
                columns: sides.columns, scratch: own)
              scratch.withLock { $0.append(own) }
            }
          }
        }
      }
    }
  }
}

/// Scales a gradient so that it is no longer than a limit.
public enum GradientClip {
  /// Shortens the vector where needed.
  /// - Returns: the Euclidean norm it had.
  @discardableResult
  public static func apply(limit: Double, to gradients: inout [Float]) -> Double {
    // Eight sums side by side: float64 additions would else wait for each other.
    var sums = SIMD8<Double>.zero
    gradients.withUnsafeBufferPointer { values in
      let whole = values.count & ~7
      if let base = values.baseAddress {
        for i in stride(from: 0, to: whole, by: 8) {
          let floats = UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Float>.self)
          let part = SIMD8<Double>(floats)
          sums += part * part
        }
      }
      for i in whole..<values.count { sums[i & 7] += Double(values[i]) * Double(values[i]) }
    }
    let norm = sums.indices.reduce(0) { $0 + sums[$1] }.squareRoot()
    guard norm > limit, norm.isFinite else { return norm }
    let factor = Float(limit / norm)
    gradients.withUnsafeMutableBufferPointer { values in
      for i in values.indices { values[i] *= factor }
    }
    return norm
  }
}

/// The running average of the weights, which generalises better than the last step's.
public enum WeightAverage {
  /// average ← decay · average + (1 − decay) · weights.
  public static func update(_ average: inout [Float], with weights: [Float], decay: Double) {
    precondition(average.count == weights.count, "an average of another layout")
    let share = Float(1 - decay)
    average.withUnsafeMutableBufferPointer { average in
      weights.withUnsafeBufferPointer { weights in
        for i in average.indices { average[i] += share * (weights[i] - average[i]) }
      }
    }
  }
}
