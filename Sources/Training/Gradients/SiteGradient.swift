import LatentModels
import Tensors

/// Sites on the tape: what was replaced passes no gradient on, what was added to passes all of it,
/// what was multiplied passes it times the factor.
extension Tape {
  func watch(_ site: Site) -> Hooks.Watch { hooks.watch(site) }

  func visit(_ site: Site, _ x: Register) {
    if hooks.isEmpty { return }
    hooks.visit(
      site,
      value: {
        SiteValue(
          site: site, iteration: iteration, places: places, sequence: nil, values: self[x].matrix())
      },
      change: { edit in
        let before = self[x]
        // A place of its own: gradients of what came before need what was there.
        let view = write(x, columns: before.columns, kept: true, tracked: isTracked(x))
        for row in 0..<before.rows {
          (view.pointer + row * view.stride).update(
            from: before.pointer + row * before.stride, count: before.columns)
        }
        view.apply(edit)
        record(.edit(x: x, edit))
      })
  }

  /// One sequence a row of the batch, each from its first position.
  var places: Places { Places(counts: Array(repeating: length, count: rows)) }

  func reverseEdit(_ x: Register, _ edit: SiteEdit) {
    gradient(of: x)?.applyBackwards(edit)
  }
}

extension BufferView {
  /// Takes the elements of another of the same size.
  func load(_ other: BufferView) {
    precondition(rows == other.rows && columns == other.columns, "of one size")
    for row in 0..<rows {
      (pointer + row * stride).update(from: other.pointer + row * other.stride, count: columns)
    }
  }

  /// A copy as a value.
  func matrix() -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: (0..<rows).flatMap { row in
        UnsafeBufferPointer(start: pointer + row * stride, count: columns)
      })
  }

  /// Carries an edit out.
  func apply(_ edit: SiteEdit) {
    for (row, edit) in edit.rows {
      let values = place(row, edit)
      switch edit {
      case .replace(let other): for i in 0..<columns { values[i] = other[i] }
      case .add(let other): for i in 0..<columns { values[i] += other[i] }
      case .multiply(let other): for i in 0..<columns { values[i] *= other[i] }
      }
    }
  }

  /// Turns the gradient of what an edit gave into that of what it was given.
  func applyBackwards(_ edit: SiteEdit) {
    for (row, edit) in edit.rows.reversed() {
      let values = place(row, edit)
      switch edit {
      case .replace: for i in 0..<columns { values[i] = 0 }
      case .add: break
      case .multiply(let other): for i in 0..<columns { values[i] *= other[i] }
      }
    }
  }

  private func place(_ row: Int, _ edit: RowEdit) -> UnsafeMutablePointer<Float> {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    let count =
      switch edit {
      case .replace(let values), .add(let values), .multiply(let values): values.count
      }
    precondition(count == columns, "\(count) values for \(columns) columns")
    return pointer + row * stride
  }
}
