import Foundation
import LatentModels
import Tensors

@testable import Training

/// The operations of a block in float64, as plain loops: what gradients are held against. The program
/// that runs on it is the one that is trained.
final class DoubleMathematics: BlockMathematics {
  typealias Map = ParameterMatrix
  typealias Vector = ParameterVector

  struct Values {
    var columns: Int
    var values: [Double]  // [tokens, columns]
    var tokens: Int { values.count / columns }
    subscript(token: Int, column: Int) -> Double {
      get { values[token * columns + column] }
      set { values[token * columns + column] = newValue }
    }
  }

  var parameters: [Double]
  let rows: Int
  private(set) var length: Int
  /// Tokens of every sequence before those in the registers.
  private(set) var past = 0
  let frequencies: [Float]
  var registers: [Register: Values] = [:]
  var tokens: Int { rows * length }

  init(parameters: [Double], rows: Int, length: Int, frequencies: [Float] = []) {
    self.parameters = parameters
    (self.rows, self.length) = (rows, length)
    self.frequencies = frequencies
  }

  subscript(register: Register) -> Values {
    get { registers[register] ?? Values(columns: 1, values: []) }
    set { registers[register] = newValue }
  }

  func linear(_ x: Register, _ map: ParameterMatrix, adding z: Register?, into y: Register) {
    let input = self[x]
    var result = Values(
      columns: map.outputs, values: Array(repeating: 0, count: tokens * map.outputs))
    for token in 0..<tokens {
      for output in 0..<map.outputs {
        var sum = map.bias.map { parameters[$0.offset + output] } ?? 0
        if let z { sum += self[z][token, output] }
        for i in 0..<map.inputs {
          sum += parameters[map.offset + output * map.stride + i] * input[token, i]
        }
        result[token, output] = sum
      }
    }
    self[y] = result
  }

  func rmsNorm(_ x: Register, gain: ParameterVector, epsilon: Float, into y: Register) {
    var result = self[x]
    let count = result.columns
    for token in 0..<tokens {
      let squares = (0..<count).reduce(0) { $0 + result[token, $1] * result[token, $1] }
      let scale = 1 / (squares / Double(count) + Double(epsilon)).squareRoot()
      for i in 0..<count { result[token, i] *= scale * parameters[gain.offset + i] }
    }
    self[y] = result
  }

  func rmsNorm(_ x: Register, columns: Range<Int>, gain: ParameterVector, epsilon: Float) {
    var result = self[x]
    for token in 0..<tokens {
      let squares = columns.reduce(0) { $0 + result[token, $1] * result[token, $1] }
      let scale = 1 / (squares / Double(columns.count) + Double(epsilon)).squareRoot()
      for i in columns {
        result[token, i] *= scale * parameters[gain.offset + i - columns.lowerBound]
      }
    }
    self[x] = result
  }

  func rotate(_ x: Register, _ rotation: Rotation<ParameterVector>, _ shape: AttentionShape) {
    var result = self[x]
    let (size, half) = (shape.headDimension, shape.headDimension / 2)
    for token in 0..<tokens {
      for head in 0..<shape.heads + shape.keyValueHeads {
        for pair in 0..<half {
          var (i, j) = (head * size + 2 * pair, head * size + 2 * pair + 1)
          var bias: ParameterVector?
          switch rotation {
          case .none: continue
          case .interleaved(let given): bias = given
          case .halfSplit: (i, j) = (head * size + pair, head * size + pair + half)
          }
          let angle = Double(past + token % length) * Double(frequencies[pair])
          let a = result[token, i] + (bias.map { parameters[$0.offset + i] } ?? 0)
          let b = result[token, j] + (bias.map { parameters[$0.offset + j] } ?? 0)
          result[token, i] = a * cos(angle) - b * sin(angle)
          result[token, j] = b * cos(angle) + a * sin(angle)
        }
      }
    }
    self[x] = result
  }

  func attend(_ x: Register, _ shape: AttentionShape, into y: Register, at site: Site) {
    let (input, size) = (self[x], shape.headDimension)
    let group = shape.heads / shape.keyValueHeads
    var result = Values(
      columns: shape.queryWidth, values: Array(repeating: 0, count: tokens * shape.queryWidth))
    for row in 0..<rows {
      for head in 0..<shape.heads {
        for t in 0..<length {
          let here = row * length + t
          let scores = (0...t).map { j in
            (0..<size).reduce(0.0) {
              $0 + input[here, head * size + $1]
                * input[row * length + j, shape.queryWidth + head / group * size + $1]
            } / Double(size).squareRoot()
          }
          let shares = scores.map { exp($0 - (scores.max() ?? 0)) }
          let sum = shares.reduce(0, +)
          var weights = shares.map { $0 / sum } + Array(repeating: 0, count: length - 1 - t)
          weights = edited(weights, site, row: head * length + t, sequence: row)
          for (j, weight) in weights.enumerated() {
            for i in 0..<size {
              result[here, head * size + i] +=
                weight
                * input[
                  row * length + j, shape.queryWidth + shape.keyWidth + head / group * size + i]
            }
          }
        }
      }
    }
    self[y] = result
  }

  func siluMultiply(_ x: Register, into y: Register) {
    let input = self[x]
    let width = input.columns / 2
    var result = Values(columns: width, values: Array(repeating: 0, count: tokens * width))
    for token in 0..<tokens {
      for i in 0..<width {
        let gate = input[token, i]
        result[token, i] = gate / (1 + exp(-gate)) * input[token, width + i]
      }
    }
    self[y] = result
  }

  func layerNorm(
    _ x: Register, gain: ParameterVector, bias: ParameterVector?, epsilon: Float, into y: Register
  ) {
    var result = self[x]
    let count = Double(result.columns)
    for token in 0..<tokens {
      let values = (0..<result.columns).map { result[token, $0] }
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      for (i, value) in values.enumerated() {
        result[token, i] =
          (value - mean) / (variance + Double(epsilon)).squareRoot() * parameters[gain.offset + i]
          + (bias.map { parameters[$0.offset + i] } ?? 0)
      }
    }
    self[y] = result
  }

  func gelu(_ x: Register, _ form: GeluForm, into y: Register) {
    var result = self[x]
    for (i, v) in result.values.enumerated() {
      result.values[i] =
        switch form {
        case .exact: v * 0.5 * (1 + erf(v / 2.0.squareRoot()))
        case .tanh: 0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
        }
    }
    self[y] = result
  }

  func addPositions(_ table: ParameterVector) {
    var result = self[.stream]
    for token in 0..<tokens {
      for i in 0..<result.columns {
        result[token, i] +=
          parameters[table.offset + (past + token % length) * result.columns + i]
      }
    }
    self[.stream] = result
  }

  /// What is done at sites, the same whatever lies there: row edits by site, for attention weights of
  /// every sequence.
  var edits: [Site: SiteEdit] = [:]

  func watch(_ site: Site) -> Hooks.Watch { edits[site] == nil ? .nobody : .rewrites }

  func visit(_ site: Site, _ x: Register) {
    for row in 0..<tokens {
      let values = (0..<self[x].columns).map { self[x][row, $0] }
      for (i, value) in edited(values, site, row: row, sequence: nil).enumerated() {
        self[x][row, i] = value
      }
    }
  }

  private func edited(_ values: [Double], _ site: Site, row: Int, sequence: Int?) -> [Double] {
    var values = values
    for (index, edit) in edits[site]?.rows ?? [] where index == row {
      for i in values.indices {
        switch edit {
        case .replace(let other): values[i] = Double(other[i])
        case .add(let other): values[i] += Double(other[i])
        case .multiply(let other): values[i] *= Double(other[i])
        }
      }
    }
    return values
  }

  func add(_ x: Register, to y: Register) {
    var result = self[y]
    for i in result.values.indices { result.values[i] += self[x].values[i] }
    self[y] = result
  }

  func embed(_ ids: [Int32], table: ParameterVector, width: Int, scale: Double) {
    self[.stream] = Values(
      columns: width,
      values: ids.flatMap { id in
        (0..<width).map { parameters[table.offset + Int(id) * width + $0] * scale }
      })
  }

  /// Σ w·CE / Σ w.
  func loss(targets: [Int32], weights: [Float]) -> Double {
    let logits = self[.logits]
    var (sum, total) = (0.0, 0.0)
    for token in 0..<tokens {
      let row = (0..<logits.columns).map { logits[token, $0] }
      let most = row.max() ?? 0
      let logSum = most + log(row.reduce(0) { $0 + exp($1 - most) })
      sum += Double(weights[token]) * (logSum - row[Int(targets[token])])
      total += Double(weights[token])
    }
    return sum / total
  }
}
