import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct PrincipalComponentsTests {
  private func normWeight(_ model: String) throws -> (weight: [Float], epsilon: Float) {
    let folder = Fixtures.path(model)
    let config = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: folder + "/config.json")))
    let epsilon = try #require((config as? [String: Any])?["norm_eps"] as? Double)
    let name = "transformer.ln_f.weight"
    for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where file.hasPrefix("model") && file.hasSuffix(".safetensors") {
      let tensors = try GoldenFile("\(model)/\(file)")
      if tensors.names.contains(name) { return (try tensors.floats(name), Float(epsilon)) }
    }
    throw CocoaError(.fileNoSuchFile)
  }

  @Test(arguments: Fixtures.ravenModels) func agreesWithTheReference(model: String) throws {
    let golden = try GoldenFile("\(model)/golden.safetensors")
    let (weight, epsilon) = try normWeight(model)
    let width = weight.count
    let raw = try golden.floats("p0.s0") + golden.floats("p0.states")
    let states = Buffer(Matrix(rows: raw.count / width, columns: width, values: raw))
    Operations.rmsNorm(states, weight: weight, epsilon: epsilon, into: states)
    let rows = states.matrix()
    let pca = try PrincipalComponents(of: rows, count: 6)
    for (name, values, tolerance) in [
      ("mean", pca.mean.map(Float.init), 1e-5),
      ("components", pca.components.values, 2e-3),
      ("explained_variance", pca.explainedVariance.map(Float.init), 1e-5),
      ("explained_variance_ratio", pca.explainedVarianceRatio.map(Float.init), 1e-5),
      ("projection", pca.project(rows).values, 1e-3),
    ] {
      let expected = try golden.floats("p0.pca.\(name)")
      #expect(relativeError(values, expected) < tolerance, "\(name)")
    }
  }

  /// Rows with known variances 25, 16, 9, … along the axes of a rotated frame.
  private func spread(rows: Int, columns: Int) -> Matrix {
    var numbers = TestNumbers(seed: 3)
    var values = numbers.floats(rows * columns).map { $0 * 0.05 }
    for row in 0..<rows {
      for axis in 0..<8 {
        let amount = numbers.next() * Float(12 - axis)
        for i in 0..<columns {
          values[row * columns + i] +=
            amount * cosf(Float(axis + 1) * (Float(i) + 0.5) * .pi / Float(columns))
        }
      }
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }

  @Test(arguments: [(40, 300), (300, 40), (1100, 1090)])
  func everyRouteFindsTheSameDirections(rows: Int, columns: Int) throws {
    let data = spread(rows: rows, columns: columns)
    let pca = try PrincipalComponents(of: data, count: 5)
    let coordinates = pca.project(data)
    for i in 0..<5 {
      // The variance of the coordinates is what was claimed, and they do not correlate.
      for j in 0...i {
        var sum = 0.0
        for row in 0..<rows { sum += Double(coordinates[row, i]) * Double(coordinates[row, j]) }
        let expected = i == j ? pca.explainedVariance[i] : 0
        #expect(abs(sum / Double(rows - 1) - expected) < 1e-5 * pca.explainedVariance[0])
      }
    }
    #expect(pca.explainedVariance == pca.explainedVariance.sorted(by: >))
    #expect(pca.explainedVarianceRatio.reduce(0, +) < 1)
  }

  @Test func theIterationAgreesWithTheDirectRoutes() throws {
    for (rows, columns) in [(60, 200), (200, 60)] {
      let centred = try CentredRows(spread(rows: rows, columns: columns))
      let direct = try centred.leading(6) { false }
      let iterated = try centred.leading(6, directLimit: 10) { false }
      for (a, b) in zip(direct, iterated) {
        #expect(abs(a.value - b.value) < 1e-9 * a.value)
        let cosine = zip(a.vector, b.vector).reduce(0.0) { $0 + $1.0 * $1.1 }
        #expect(abs(abs(cosine) - 1) < 1e-9)
      }
    }
    // Less rank than directions asked for.
    var plane = Matrix(rows: 40, columns: 30)
    for row in 0..<40 {
      plane[row, 3] = Float(row % 7)
      plane[row, 9] = Float(row % 5)
    }
    let found = try CentredRows(plane).leading(5, directLimit: 10) { false }
    #expect(found.prefix(2).allSatisfy { $0.value > 1 })
    #expect(found.dropFirst(2).allSatisfy { $0.value < 1e-9 })
  }

  @Test func degenerateRowsGiveZeros() throws {
    let same = Matrix(rows: 9, columns: 4, values: (0..<36).map { Float($0 % 4) * 0.1 })
    let line = Matrix(rows: 5, columns: 3, values: (0..<15).map { Float($0 / 3 * ($0 % 3 + 1)) })
    for (rows, rank) in [(same, 0), (same.rows(0..<1), 0), (same.rows(0..<0), 0), (line, 1)] {
      let pca = try PrincipalComponents(of: rows, count: 6)
      #expect(pca.components.rows == 6)
      #expect(pca.explainedVariance.filter { $0 > 0 }.count == rank)
      #expect(pca.components.values.filter { $0 != 0 }.count == rank * rows.columns)
      #expect(pca.project(rows).values.allSatisfy { $0.isFinite })
      #expect(pca.explainedVarianceRatio.allSatisfy { $0.isFinite })
    }
  }

  @Test func refusesAndStops() {
    let data = spread(rows: 10, columns: 4)
    #expect(throws: PrincipalComponentsError.cancelled) {
      try PrincipalComponents(of: data, count: 2, isCancelled: { true })
    }
    var broken = data
    broken[7, 2] = .nan
    #expect(throws: PrincipalComponentsError.notFinite(row: 7, column: 2)) {
      try PrincipalComponents(of: broken, count: 2)
    }
  }
}
