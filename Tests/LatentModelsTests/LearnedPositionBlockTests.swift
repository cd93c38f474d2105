import Foundation
import Tensors
import Testing

@testable import LatentModels

/// A block as GPT-2 has it: LayerNorm with bias, biases on every map, weights stored [inputs, outputs],
/// GELU without a gate, nothing rotated. Against the textbook in float64.
@Suite struct LearnedPositionBlockTests {
  private let width = 12
  private let heads = 3
  private let inner = 20

  private struct Numbers {
    var state: UInt64
    mutating func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Double(state >> 33) / Double(1 << 31) * 2 - 1)
    }
  }

  private func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> StoredTensor {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: values.count * 4, alignment: 64)
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    nonisolated(unsafe) let address = UnsafeRawPointer(memory)
    return StoredTensor(
      name: name, shape: shape, elementType: .float32,
      region: ByteRegion(base: address, count: values.count * 4) { address.deallocate() },
      offset: 0)
  }

  private func weights() -> [String: [Float]] {
    var numbers = Numbers(state: 7)
    let sizes = [
      "ln_1.weight": width, "ln_1.bias": width, "ln_2.weight": width, "ln_2.bias": width,
      "attn.weight": width * 3 * width, "attn.bias": 3 * width, "proj.weight": width * width,
      "proj.bias": width, "fc.weight": width * inner, "fc.bias": inner,
      "out.weight": inner * width, "out.bias": width,
    ]
    return Dictionary(
      uniqueKeysWithValues: sizes.keys.sorted().map { name in
        (name, (0..<sizes[name]!).map { _ in numbers.next() * 0.6 })
      })
  }

  private func block(
    _ weights: [String: [Float]], _ form: GeluForm
  ) throws -> TransformerBlock<Workspace> {
    let shapes = [
      "attn.weight": [width, 3 * width], "proj.weight": [width, width],
      "fc.weight": [width, inner],
      "out.weight": [inner, width],
    ]
    let tensors = weights.map { tensor($0.key, shapes[$0.key] ?? [$0.value.count], $0.value) }
    var packer = WeightPacker(
      Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) }),
      WeightPacking(team: ThreadTeam(count: 1)))
    func map(_ name: String) throws -> Linear {
      try packer.linear(
        "\(name).weight", columns: nil, bias: "\(name).bias", order: .inputsFirst)
    }
    func norm(_ name: String) throws -> BlockNorm<[Float]> {
      .layer(
        gain: try packer.vector("\(name).weight"), bias: try packer.vector("\(name).bias"))
    }
    return TransformerBlock(
      attention: SelfAttention(
        shape: AttentionShape(heads: heads, keyValueHeads: heads, headDimension: width / heads),
        rotation: .none, queryKeyValue: try map("attn"), epsilon: 1e-5, output: try map("proj")),
      attentionNorms: ResidualNorms(input: try norm("ln_1"), epsilon: 1e-5),
      mlp: FeedForward(
        inner: try map("fc"), activation: .gelu(form), output: try map("out")),
      mlpNorms: ResidualNorms(input: try norm("ln_2"), epsilon: 1e-5))
  }

  // MARK: the textbook

  private func norm(_ x: [Double], _ name: String, _ w: [String: [Float]]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(x.count)
    return x.indices.map {
      (x[$0] - mean) / (variance + 1e-5).squareRoot() * Double(w["\(name).weight"]![$0])
        + Double(w["\(name).bias"]![$0])
    }
  }

  private func linear(
    _ x: [Double], _ name: String, _ outputs: Int, _ w: [String: [Float]]
  ) -> [Double] {
    (0..<outputs).map { output in
      x.indices.reduce(Double(w["\(name).bias"]![output])) {
        $0 + x[$1] * Double(w["\(name).weight"]![$1 * outputs + output])
      }
    }
  }

  private func textbook(
    _ rows: [[Double]], _ w: [String: [Float]], _ form: GeluForm
  ) -> [[Double]] {
    let size = width / heads
    let projected = rows.map { linear(norm($0, "ln_1", w), "attn", 3 * width, w) }
    return rows.indices.map { t in
      var gathered = [Double](repeating: 0, count: width)
      for head in 0..<heads {
        let scores = (0...t).map { j in
          exp(
            (0..<size).reduce(0.0) {
              $0 + projected[t][head * size + $1] * projected[j][width + head * size + $1]
            } / Double(size).squareRoot())
        }
        for j in 0...t {
          for i in 0..<size {
            gathered[head * size + i] +=
              scores[j] / scores.reduce(0, +) * projected[j][2 * width + head * size + i]
          }
        }
      }
      let attended = zip(rows[t], linear(gathered, "proj", width, w)).map(+)
      let hidden = linear(norm(attended, "ln_2", w), "fc", inner, w).map { v in
        switch form {
        case .exact: v * 0.5 * erfc(-v / 2.0.squareRoot())
        case .tanh: 0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
        }
      }
      return zip(attended, linear(hidden, "out", width, w)).map(+)
    }
  }

  @Test(arguments: GeluForm.allCases) func blockIsTheTextbook(form: GeluForm) throws {
    let weights = weights()
    let block = try block(weights, form)
    var numbers = Numbers(state: 3)
    let places = Places(counts: [5, 2])
    let words = tensor("wte", [6, width], (0..<6 * width).map { _ in numbers.next() })
    let positions = tensor("wpe", [9, width], (0..<9 * width).map { _ in numbers.next() })
    let ids = [3, 1, 1, 5, 0, 2, 4]
    let at = places.spans.flatMap { Array($0.positions) }
    let workspace = Workspace(team: ThreadTeam(count: 1), frequencies: [], maximumTokens: 9)
    let (found, _) = try workspace.run(
      Workspace.Job(places: places, memory: nil, iteration: 1, call: .plain, total: 1)
    ) { scratch in
      Operations.embed(ids, table: words, scale: 1, into: scratch[.stream])
      Operations.addRows(at, of: positions, to: scratch[.stream])
      try scratch.apply([block], of: .core) { $0 }
      return scratch[.stream].matrix()
    }
    let embedded = ids.indices.map { row in
      zip(
        words.floats(in: ids[row] * width..<(ids[row] + 1) * width),
        positions.floats(in: at[row] * width..<(at[row] + 1) * width)
      ).map { Double($0 + $1) }
    }
    let expected = places.rows.flatMap { textbook(Array(embedded[$0]), weights, form) }
    for (row, values) in expected.enumerated() {
      #expect(zip(found.row(row), values).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "row \(row)")
    }
  }

  /// Changes go through it as through the textbook, which can be told apart by small steps in float64.
  @Test(arguments: GeluForm.allCases) func itsDerivativeIsThatOfTheTextbook(form: GeluForm) throws {
    let weights = weights()
    let block = try block(weights, form).over(Linearizer.self)
    var numbers = Numbers(state: 9)
    func rows() -> Matrix {
      Matrix(rows: 5, columns: width, values: (0..<5 * width).map { _ in numbers.next() })
    }
    let (x, v, u) = (rows(), rows(), rows())
    let workspace = Workspace(team: ThreadTeam(count: 1), frequencies: [], maximumTokens: 9)
    let (map, _) = try workspace.run(
      Workspace.Job(
        places: Places(counts: [5]), memory: nil, iteration: 1, call: .plain, total: 1)
    ) { scratch in
      scratch[.stream].load(x)
      let linearizer = Linearizer(scratch)
      try linearizer.apply([block], of: .core) { $0 }
      return Linearization(linearizer, from: .stream, to: .stream, in: scratch)
    }
    func moved(_ by: Double) -> [Double] {
      let rows = (0..<5).map { row in
        zip(x.row(row), v.row(row)).map { Double($0) + by * Double($1) }
      }
      return textbook(rows, weights, form).flatMap { $0 }
    }
    let slopes = zip(moved(1e-5), moved(-1e-5)).map { ($0 - $1) / 2e-5 }
    let pushed = map.pushForward(v)
    #expect(zip(pushed.values, slopes).allSatisfy { abs(Double($0) - $1) < 2e-5 })
    func dot(_ a: Matrix, _ b: Matrix) -> Double {
      zip(a.values, b.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    #expect(abs(dot(u, pushed) - dot(map.pullBack(u), v)) < 1e-4)
  }

  /// The other way round in the file is the same map, for every element type and odd sizes.
  @Test(arguments: [(1, 1), (3, 130), (65, 64), (70, 5)]) func transposing(rows: Int, columns: Int)
  {
    var numbers = Numbers(state: 5)
    let values = (0..<rows * columns).map { _ in numbers.next() }
    let turned = tensor("w", [rows, columns], values).transposed()
    #expect(turned.shape == [columns, rows])
    let floats = turned.floats()
    #expect(
      (0..<columns).allSatisfy { c in
        (0..<rows).allSatisfy { floats[c * rows + $0] == values[$0 * columns + c] }
      })
  }
}
