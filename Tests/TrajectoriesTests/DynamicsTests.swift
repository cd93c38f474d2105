import Glibc
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Eigenvalues, singular values and growth of systems whose answers are known.
@Suite struct DynamicsTests {
  /// S·D·S⁻¹ of a random, well-conditioned S: rotations that mix all coordinates, and shears.
  private static func mixed(_ blocks: [[Double]], seed: UInt64) -> [[Double]] {
    var matrix = blocks
    var dice = Dice(seed: seed)
    let count = blocks.count
    for _ in 0..<6 * count {
      let (a, b) = (dice.below(count), dice.below(count))
      if a == b { continue }
      // Row a += f·row b, column b -= f·column a.
      let factor = Double(dice.below(200) - 100) / 250
      for column in 0..<count { matrix[a][column] += factor * matrix[b][column] }
      for row in 0..<count { matrix[row][b] -= factor * matrix[row][a] }
    }
    return matrix
  }

  /// Known eigenvalues: real ones and pairs, on the diagonal.
  private static func diagonal(_ values: [ComplexNumber]) -> [[Double]] {
    var size = 0
    for value in values { size += value.imaginary == 0 ? 1 : 2 }
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
    var place = 0
    for value in values {
      matrix[place][place] = value.real
      if value.imaginary != 0 {
        matrix[place + 1][place + 1] = value.real
        (matrix[place][place + 1], matrix[place + 1][place]) = (value.imaginary, -value.imaginary)
        place += 1
      }
      place += 1
    }
    return matrix
  }

  private static func apply(_ matrix: [[Double]], _ vector: ArraySlice<Float>) -> [Float] {
    matrix.map { row in Float(zip(row, vector).reduce(0.0) { $0 + $1.0 * Double($1.1) }) }
  }

  private static let known: [ComplexNumber] = [
    ComplexNumber(0.9, 0.3), ComplexNumber(-0.7, 0), ComplexNumber(0.2, 0.5),
    ComplexNumber(0.4, 0), ComplexNumber(-0.1, 0.05), ComplexNumber(1.3, 0),
  ]

  @Test func eigenvaluesOfAHessenbergMatrixAreFound() throws {
    // (x − 1)(x − 2)(x² + 1) = x⁴ − 3x³ + 3x² − 3x + 2
    let companion: [[Double]] = [[3, -3, 3, -2], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    let found = try #require(HessenbergEigenvalues.of(companion))
      .sorted { ($0.real, $0.imaginary) < ($1.real, $1.imaginary) }
    let expected = [(0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (2.0, 0.0)]
    for (value, (real, imaginary)) in zip(found, expected) {
      #expect(abs(value.real - real) < 1e-12 && abs(value.imaginary - imaginary) < 1e-12)
    }
    // A cyclic shift needs the exceptional steps.
    for count in [3, 5, 8, 16] {
      var shift = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
      for i in 0..<count { shift[(i + 1) % count][i] = 1 }
      let roots = try #require(HessenbergEigenvalues.of(shift))
      #expect(roots.count == count && roots.allSatisfy { abs($0.modulus - 1) < 1e-10 })
    }
    #expect(HessenbergEigenvalues.of([]) == [])
    #expect(HessenbergEigenvalues.of([[2]]) == [ComplexNumber(2, 0)])
    #expect(HessenbergEigenvalues.of([[.nan, 1], [1, 0]]) == nil)
  }

  @Test func theSpectrumOfEachTokenIsItsOwn() throws {
    var systems: [[[Double]]] = []
    for token in 1...3 {
      let factor = Double(token)
      let values: [ComplexNumber] = Self.known.map { value in
        ComplexNumber(value.real * factor, value.imaginary * factor)
      }
      systems.append(Self.mixed(Self.diagonal(values), seed: UInt64(token)))
    }
    let width = systems[0].count
    for directions in [width, 200] {
      let spectrum = LocalSpectrum(tokens: 3, width: width, directions: directions) { vectors in
        var images: [Float] = []
        for token in 0..<3 { images += Self.apply(systems[token], vectors.row(token)) }
        return Matrix(rows: 3, columns: width, values: images)
      }
      #expect(spectrum.isComplete)
      for token in 0..<3 {
        let factor = Double(token + 1)
        #expect(spectrum.eigenvalues[token].count == width)
        for value in Self.known {
          for sign in [1.0, -1.0] {
            let (real, imaginary) = (factor * value.real, sign * factor * value.imaginary)
            let distances: [Double] = spectrum.eigenvalues[token].map { found in
              hypot(found.real - real, found.imaginary - imaginary)
            }
            #expect((distances.min() ?? 9) < 2e-5 * factor)
          }
        }
        #expect(abs((spectrum.radius(of: token) ?? 0) - 1.3 * factor) < 1e-5 * factor)
      }
      #expect(abs((spectrum.radius ?? 0) - 3.9) < 3e-5)
      let leading = spectrum.leading(3)
      #expect(leading[0].token == 2 && abs(leading[0].value.real - 3.9) < 3e-5)
      #expect(leading[1].token == 2 && abs(leading[1].value.modulus - 3 * hypot(0.9, 0.3)) < 3e-5)
    }
    let zero = LocalSpectrum(tokens: 1, width: 4) { Matrix(rows: $0.rows, columns: 4) }
    #expect(zero.radius == 0)
    let broken = LocalSpectrum(tokens: 1, width: 4) {
      Matrix(rows: $0.rows, columns: 4, values: [Float](repeating: .nan, count: 4))
    }
    #expect(broken.radius == nil)
  }

  @Test func theLargestSingularValueIsNotTheRadius() {
    // A shear: both eigenvalues ½, yet it stretches by more than 3.
    let shear: [[Double]] = [[0.5, 3], [0, 0.5]]
    let turned: [[Double]] = [[0.5, 0], [3, 0.5]]
    let sum = 0.5 * 0.5 * 2 + 9.0
    let expected = ((sum + (sum * sum - 4 * 0.0625).squareRoot()) / 2).squareRoot()
    let found = LargestSingularValue.find(
      rows: 1, width: 2,
      push: { Matrix(rows: 1, columns: 2, values: Self.apply(shear, $0.row(0))) },
      pull: { Matrix(rows: 1, columns: 2, values: Self.apply(turned, $0.row(0))) })
    #expect(abs((found ?? 0) - expected) < 1e-6)
    func scale(_ x: Matrix) -> Matrix {
      var y = x
      for row in 0..<7 {
        for column in 0..<9 { y[row, column] *= Float(9 * row + column + 1) / 63 }
      }
      return y
    }
    let scaled = LargestSingularValue.find(rows: 7, width: 9, push: scale, pull: scale)
    #expect(abs((scaled ?? 0) - 1) < 1e-6)
    let broken = LargestSingularValue.find(
      rows: 1, width: 2, push: { _ in Matrix(rows: 1, columns: 2, values: [.nan, 0]) },
      pull: { $0 })
    #expect(broken == nil)
  }

  @Test func growthIsTheMeanOfItsFactors() {
    var growth = GrowthExponent(direction: Matrix(rows: 1, columns: 2, values: [3, 4]))
    #expect(growth.exponent == nil && growth.direction.values == [0.6, 0.8])
    for factor in [2, 0.5, 4] as [Float] {
      growth.advance { Matrix(rows: 1, columns: 2, values: $0.values.map { $0 * factor }) }
    }
    #expect(zip(growth.logGrowth, [2, 0.5, 4]).allSatisfy { abs($0 - log($1)) < 1e-6 })
    #expect(abs((growth.exponent ?? 0) - log(4) / 3) < 1e-6)
    growth.advance { Matrix(rows: $0.rows, columns: $0.columns) }
    #expect(growth.logGrowth.last == -.infinity)
  }

  @Test func slopesOfResiduals() {
    let fading = (0..<9).map { 3 * exp(-0.4 * Double($0)) }
    #expect(abs((ContractionSlope.of(fading) ?? 0) + 0.4) < 1e-12)
    #expect(ContractionSlope.of([1]) == nil && ContractionSlope.of([1, 0, 2]) == nil)
    #expect(ContractionSlope.of([1, .nan]) == nil)
  }
}
