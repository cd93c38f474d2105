import Tensors

/// Eigenvalues of the Jacobian of one iteration, token by token.
///
/// Causal attention makes the Jacobian block lower triangular, so that its eigenvalues are those of the
/// blocks on its diagonal, each of which belongs to a token.
public struct LocalSpectrum: Sendable {
  /// Of every token, the largest modulus first.
  public let eigenvalues: [[ComplexNumber]]  // [tokens][values]
  /// Whether all of them were found; else these are those of a Krylov space, of which the outermost are
  /// the most exact.
  public let isComplete: Bool

  /// The largest modulus of a token's eigenvalues; nil where none was found.
  public func radius(of token: Int) -> Double? { eigenvalues[token].first?.modulus }

  /// The largest modulus of all; nil where none was found.
  public var radius: Double? { eigenvalues.compactMap { $0.first?.modulus }.max() }

  /// The largest of all tokens, a conjugate pair counting twice.
  public func leading(_ count: Int) -> [(value: ComplexNumber, token: Int)] {
    let all = eigenvalues.enumerated().flatMap { token, values in
      values.prefix(count).map { ($0, token) }
    }
    return Array(all.sorted { $0.0.modulus > $1.0.modulus }.prefix(count))
  }

  /// Directions looked at for each token, unless it has fewer.
  public static let usualDirections = 256

  /// Finds them by Arnoldi iterations of all tokens at once, products in float32, sums in float64.
  /// - Parameters:
  ///   - tokens: how many there are.
  ///   - directions: at most so many products; as many as the width find all eigenvalues.
  ///   - product: the diagonal blocks times a vector for each token.  // [tokens, width]
  /// - Throws: what `product` throws.
  public init(
    tokens: Int, width: Int, directions: Int = Self.usualDirections,
    product: (Matrix) throws -> Matrix
  ) rethrows {
    let most = max(1, min(width, directions))
    var spaces = (0..<tokens).map { KrylovSpace(width: width, most: most, seed: $0) }
    for _ in 0..<most {
      if spaces.allSatisfy(\.isClosed) { break }
      let images = try product(
        Matrix(rows: tokens, columns: width, values: spaces.flatMap(\.newest)))
      for token in 0..<tokens { spaces[token].add(images.row(token)) }
    }
    eigenvalues = spaces.map { space in
      (HessenbergEigenvalues.of(space.projected) ?? []).sorted { $0.modulus > $1.modulus }
    }
    isComplete = most == width
  }
}

/// An orthonormal basis of b, Jb, J²b, … and J in it, as Arnoldi's iteration builds them.
private struct KrylovSpace {
  private let width: Int
  private let most: Int
  private var basis: [[Double]] = []  // [directions][width]
  private var columns: [[Double]] = []  // [directions][directions + 1]
  /// Nothing new comes any more.
  private(set) var isClosed = false

  init(width: Int, most: Int, seed: Int) {
    self.width = width
    self.most = most
    var generator = TorchGenerator(seed: UInt64(seed + 1))
    let start = generator.normal(width, deviation: 1).map(Double.init)
    let length = Self.norm(start)
    basis = [start.map { $0 / length }]
  }

  /// The direction that is to be multiplied next; zero once closed.
  var newest: [Float] {
    isClosed ? [Float](repeating: 0, count: width) : basis[basis.count - 1].map { Float($0) }
  }

  mutating func add(_ image: ArraySlice<Float>) {
    if isClosed { return }
    var rest = image.map(Double.init)
    let length = Self.norm(rest)
    var column = [Double](repeating: 0, count: basis.count + 1)
    // Twice, since the first time leaves what rounding put in.
    for _ in 0..<2 {
      for (index, direction) in basis.enumerated() {
        let share = Self.dot(direction, rest)
        column[index] += share
        for i in 0..<width { rest[i] -= share * direction[i] }
      }
    }
    let left = Self.norm(rest)
    column[basis.count] = left
    columns.append(column)
    // Below the rounding of the products there is nothing to be found.
    if columns.count == most || !(left > 1e-9 * length) || !left.isFinite {
      isClosed = true
    } else {
      basis.append(rest.map { $0 / left })
    }
  }

  /// J in the basis, upper Hessenberg.
  var projected: [[Double]] {
    let count = columns.count
    return (0..<count).map { row in
      (0..<count).map { column in row <= column + 1 ? columns[column][row] : 0 }
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
}
