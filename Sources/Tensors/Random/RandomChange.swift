import CKernels

/// What is done to rows at random, each by the numbers of its place.
public enum RandomChange: Sendable, Hashable {
  /// x + size·ε, ε normal.
  case noise(size: Float)
  /// x + share·rms(x)·ε.
  case relativeNoise(share: Float)
  /// Elements become 0 with a chance of `share`, from 0 to below 1; the others are divided by what is
  /// left, so that their mean stays.
  case dropout(share: Float)
}

/// Dropping of elements, as kernels want it.
struct Dropping {
  /// 53 random bits below this drop an element.
  let threshold: UInt64
  /// What the others are multiplied by.
  let kept: Float

  init(share: Float) {
    precondition((0..<1).contains(share), "a share of \(share)")
    // A share is a multiple of 2⁻¹⁴⁹ at the least: rounding up makes u < share of it, exactly.
    threshold = UInt64((Double(share) * 0x1p53).rounded(.up))
    kept = 1 / (1 - share)
  }
}

extension Operations {
  /// Changes every row in place, on all threads of a team; which of them does a row changes nothing.
  /// - Parameter places: where each row is.
  /// - Precondition: one place a row.
  public static func change(
    _ x: Buffer, _ change: RandomChange, at places: [PlacedRandom], team: ThreadTeam
  ) {
    precondition(places.count == x.rows, "\(places.count) places for \(x.rows) rows")
    let (view, kernels, count) = (x.view, muninn_kernels().pointee, Int64(x.columns))
    // To draw a number costs about what 40 multiply-adds do.
    team.run(rows: x.rows, workInRow: 40 * x.columns) { rows in
      switch change {
      case .dropout(let share):
        let dropping = Dropping(share: share)
        for row in rows {
          kernels.drop(
            places[row].key, dropping.threshold, dropping.kept, view.pointer + row * view.stride,
            count)
        }
      case .noise, .relativeNoise:
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, x.columns)) { drawn in
          for row in rows {
            let values = view.pointer + row * view.stride
            var size: Float
            switch change {
            case .noise(let absolute): size = absolute
            case .relativeNoise(let share): size = share * rootMeanSquare(values, x.columns)
            case .dropout: size = 0
            }
            kernels.normals(places[row].key, size, drawn.baseAddress, count)
            kernels.add(drawn.baseAddress, values, count)
          }
        }
      }
    }
  }

  /// √(mean of squares), summed in float64.
  public static func rootMeanSquare(_ values: ArraySlice<Float>) -> Float {
    values.withUnsafeBufferPointer { values in
      values.baseAddress.map { rootMeanSquare($0, values.count) } ?? 0
    }
  }

  private static func rootMeanSquare(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
    Float(muninn_mean_square(values, Int64(count)).squareRoot())
  }
}
