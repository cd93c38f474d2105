import Foundation
import Testing

@testable import Tensors

@Suite struct LayerNormTests {
  /// Against the textbook formula, worked out apart in float64.
  @Test(arguments: [1, 2, 7, 64, 769], [true, false])
  func layerNormIsTheFormula(width: Int, hasBias: Bool) {
    var numbers = TestNumbers(seed: UInt64(width))
    let x = numbers.matrix(5, width)
    let weight = numbers.matrix(1, width).values
    let bias = numbers.matrix(1, width).values
    let y = Buffer()
    Operations.layerNorm(
      Buffer(x), weight: weight, bias: hasBias ? bias : nil, epsilon: 1e-5, into: y)
    var expected: [Float] = []
    for row in 0..<5 {
      let values = x.row(row).map(Double.init)
      let mean = values.reduce(0, +) / Double(width)
      let variance = values.map { pow($0 - mean, 2) }.reduce(0, +) / Double(width)
      for (i, value) in values.enumerated() {
        let normed = (value - mean) / sqrt(variance + 1e-5) * Double(weight[i])
        expected.append(Float(normed + (hasBias ? Double(bias[i]) : 0)))
      }
    }
    #expect(zip(y.matrix().values, expected).allSatisfy { abs($0 - $1) < 2e-6 * max(1, abs($1)) })
  }

  /// Values of `torch.nn.functional.gelu` worked out from its definition to ten digits.
  @Test func geluInBothForms() {
    let x: [Float] = [-3, -1, -0.5, 0, 0.25, 1, 2.5]
    func run(_ form: GeluForm) -> [Float] {
      let y = Buffer()
      Operations.gelu(
        Buffer(Matrix(rows: 1, columns: x.count, values: x)), form, into: y)
      return y.matrix().values
    }
    let exact = x.map { Float(0.5 * Double($0) * erfc(-Double($0) / 2.0.squareRoot())) }
    let curved = x.map { value -> Float in
      let v = Double(value)
      // 0.5(1 + tanh z) is the logistic function of 2z.
      return Float(v / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v))))
    }
    #expect(zip(run(.exact), exact).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(zip(run(.tanh), curved).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(abs(run(.exact)[5] - 0.841_344_75) < 1e-6)
    #expect(abs(run(.tanh)[5] - 0.841_191_99) < 1e-6)
  }
}
