/// A complex number, as eigenvalues of real matrices are.
public struct ComplexNumber: Sendable, Hashable {
  public var real: Double
  public var imaginary: Double

  public init(_ real: Double, _ imaginary: Double) {
    self.real = real
    self.imaginary = imaginary
  }

  public var modulus: Double {
    let (a, b) = (abs(real), abs(imaginary))
    let (large, small) = (max(a, b), min(a, b))
    return large == 0 ? 0 : large * (1 + small / large * (small / large)).squareRoot()
  }
}

/// Eigenvalues of a real upper Hessenberg matrix: shifted QR steps in double precision, as `hqr` of
/// EISPACK has it (Wilkinson and Reinsch, Handbook for Automatic Computation II, II/14).
enum HessenbergEigenvalues {
  /// QR steps for one eigenvalue, after which it is given up.
  private static let mostSteps = 90

  /// - Parameter matrix: row after row; what lies below the first subdiagonal is not read.
  /// - Returns: in no order; nil where the matrix is not finite, or nothing converges.
  static func of(_ matrix: [[Double]]) -> [ComplexNumber]? {
    guard matrix.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    var a = matrix
    for row in a.indices { for column in 0..<max(0, row - 1) { a[row][column] = 0 } }
    let norm = a.reduce(0) { $0 + $1.reduce(0) { $0 + abs($1) } }
    var found: [ComplexNumber] = []
    var last = a.count - 1
    var shifted = 0.0
    var steps = 0
    while last >= 0 {
      let first = split(&a, last, norm)
      let x = a[last][last]
      if first == last {
        found.append(ComplexNumber(x + shifted, 0))
        (last, steps) = (last - 1, 0)
        continue
      }
      let y = a[last - 1][last - 1]
      let w = a[last][last - 1] * a[last - 1][last]
      if first == last - 1 {
        found += pair(x: x, y: y, w: w, shifted: shifted)
        (last, steps) = (last - 2, 0)
        continue
      }
      if steps == mostSteps { return nil }
      steps += 1
      var shift = (x: x, y: y, w: w)
      if steps % 10 == 0 {
        // An exceptional shift breaks a cycle.
        shifted += x
        for i in 0...last { a[i][i] -= x }
        let s = abs(a[last][last - 1]) + abs(a[last - 1][last - 2])
        shift = (0.75 * s, 0.75 * s, -0.4375 * s * s)
      }
      sweep(&a, from: first, to: last, shift)
    }
    return found
  }

  /// Where the block that ends at `last` begins.
  private static func split(_ a: inout [[Double]], _ last: Int, _ norm: Double) -> Int {
    var row = last
    while row >= 1 {
      var size = abs(a[row - 1][row - 1]) + abs(a[row][row])
      if size == 0 { size = norm }
      if abs(a[row][row - 1]) <= Double.ulpOfOne * size {
        a[row][row - 1] = 0
        break
      }
      row -= 1
    }
    return row
  }

  /// The eigenvalues of a block of two.
  private static func pair(
    x: Double, y: Double, w: Double, shifted: Double
  ) -> [ComplexNumber] {
    let p = 0.5 * (y - x)
    let q = p * p + w
    let root = abs(q).squareRoot()
    let x = x + shifted
    if q < 0 { return [ComplexNumber(x + p, root), ComplexNumber(x + p, -root)] }
    let z = p + (p < 0 ? -root : root)
    return [ComplexNumber(x + z, 0), ComplexNumber(z == 0 ? x + z : x - w / z, 0)]
  }

  /// One double QR step on rows and columns `first...last`.
  private static func sweep(
    _ a: inout [[Double]], from first: Int, to last: Int,
    _ shift: (x: Double, y: Double, w: Double)
  ) {
    var (p, q, r) = (0.0, 0.0, 0.0)
    var start = last - 2
    while true {
      let z = a[start][start]
      (r, q) = (shift.x - z, shift.y - z)
      p = (r * q - shift.w) / a[start + 1][start] + a[start][start + 1]
      (q, r) = (a[start + 1][start + 1] - z - r - q, a[start + 2][start + 1])
      let size = abs(p) + abs(q) + abs(r)
      if size > 0 { (p, q, r) = (p / size, q / size, r / size) }
      if start == first { break }
      let below = abs(a[start][start - 1]) * (abs(q) + abs(r))
      let around = abs(a[start - 1][start - 1]) + abs(z) + abs(a[start + 1][start + 1])
      if below <= Double.ulpOfOne * abs(p) * around { break }
      start -= 1
    }
    for i in start + 2...last {
      a[i][i - 2] = 0
      if i > start + 2 { a[i][i - 3] = 0 }
    }
    for k in start..<last {
      var size = 0.0
      if k > start {
        (p, q) = (a[k][k - 1], a[k + 1][k - 1])
        r = k < last - 1 ? a[k + 2][k - 1] : 0
        size = abs(p) + abs(q) + abs(r)
        if size != 0 { (p, q, r) = (p / size, q / size, r / size) }
      }
      let length = (p * p + q * q + r * r).squareRoot()
      let s = p < 0 ? -length : length
      if s == 0 { continue }
      if k == start {
        if first != start { a[k][k - 1] = -a[k][k - 1] }
      } else {
        a[k][k - 1] = -s * size
      }
      p += s
      let (x, y, z) = (p / s, q / s, r / s)
      (q, r) = (q / p, r / p)
      let isWide = k < last - 1
      for j in k...last {
        var sum = a[k][j] + q * a[k + 1][j]
        if isWide {
          sum += r * a[k + 2][j]
          a[k + 2][j] -= sum * z
        }
        a[k + 1][j] -= sum * y
        a[k][j] -= sum * x
      }
      for i in first...min(last, k + 3) {
        var sum = x * a[i][k] + y * a[i][k + 1]
        if isWide {
          sum += z * a[i][k + 2]
          a[i][k + 2] -= sum * r
        }
        a[i][k + 1] -= sum * q
        a[i][k] -= sum
      }
    }
  }
}
