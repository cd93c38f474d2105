import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// What weights come to, and which of them are unlike their siblings.
@Suite struct WeightStatisticsTests {
  /// Eight layers of random weights of the same spread, and what else a test wants.
  private func measure(
    layers: Int = 8, _ change: (Int, inout [Float]) -> Void = { _, _ in }
  ) throws -> [WeightStatistics] {
    let folder = try TemporaryFolder()
    var header: [String: Any] = [:]
    var data: [Float] = []
    for layer in 0..<layers {
      var dice = Dice(seed: UInt64(layer + 1))
      var values = (0..<24 * 16).map { _ in Float(dice.below(2001) - 1000) / 20_000 }
      change(layer, &values)
      header["core.\(layer).mlp.weight"] = [
        "dtype": "F32", "shape": [24, 16],
        "data_offsets": [data.count * 4, (data.count + values.count) * 4],
      ]
      data += values
    }
    var text = try JSONSerialization.data(withJSONObject: header)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    bytes += Array(text) + data.withUnsafeBytes { Array($0) }
    let file = try SafetensorsFile.open(try folder.write("w.safetensors", bytes))
    return try WeightStatistics.measure(
      file.tensors.values.sorted { $0.name < $1.name }, team: ThreadTeam(count: 2))
  }

  @Test func numbersAreThoseOfTheElements() throws {
    let all = try measure { layer, values in
      if layer == 2 {
        values[5] = .nan
        values[40] = -.infinity
        values[41] = 3
      }
      if layer == 3 { for i in 32..<48 { values[i] = 0 } }
    }
    #expect(all[0].nanCount == 0 && all[0].firstNonFinite == nil && all[0].zeroRows == 0)
    let values = all[0].tensor.floats()
    let rms = (values.reduce(0.0) { $0 + Double($1) * Double($1) } / 384).squareRoot()
    #expect(abs((all[0].rms ?? 0) - rms) < 1e-12)
    #expect(all[0].minimum == values.min() && all[0].maximum == values.max())
    #expect(all[2].nanCount == 1 && all[2].infiniteCount == 1 && all[2].firstNonFinite == 5)
    #expect(all[2].maximum == 3 && all[2].loudestRow?.row == 2)
    #expect(all[3].zeroRows == 1)
    #expect(try WeightStatistics.measure([], team: .single).isEmpty)
  }

  /// What was scaled, in all, in a row or in one element, zeroed or shifted is named, and nothing else.
  @Test(arguments: [
    ("rms", 40.0), ("rms", 0.02), ("largest element over rms", 0), ("loudest row over rms", 0),
    ("zero rows", 0), ("mean over rms", 0),
  ]) func whatIsWrongIsNamed(measure name: String, factor: Double) throws {
    let all = try measure { layer, values in
      guard layer == 2 else { return }
      switch name {
      case "rms": values = values.map { $0 * Float(factor) }
      case "largest element over rms": values[100] = 2
      case "loudest row over rms": for i in 64..<80 { values[i] *= 30 }
      case "zero rows": for i in 64..<80 { values[i] = 0 }
      default: values = values.map { abs($0) }
      }
    }
    let found = WeightOutliers.find(all)
    let first = try #require(found.first)
    #expect(first.tensor == "core.2.mlp.weight" && first.siblings == 7, "\(found)")
    #expect(Set(found.map(\.tensor)) == ["core.2.mlp.weight"])
    if name == "rms" { #expect(abs(first.value / first.usual / factor - 1) < 0.2) }
    // A loud row has the largest elements too; the strangest number is told.
    if !name.hasPrefix("l") { #expect(found.contains { $0.measure == name }) }
  }

  /// Said in the help: statistics cannot see these.
  @Test func orderAndSignsOfAMatrixAreNotSeen() throws {
    #expect(WeightOutliers.find(try measure()).isEmpty)
    let turned = try measure { if $0 == 2 { $1 = $1.map { -$0 } } }
    #expect(WeightOutliers.find(turned).isEmpty)
    let swapped = try measure { layer, values in
      if layer == 2 { values = Array(values[16..<32] + values[0..<16] + values[32...]) }
    }
    #expect(WeightOutliers.find(swapped).isEmpty)
  }

  /// Two layers: that they differ is seen, not which is off.
  @Test func withOneSiblingBothAreNamed() throws {
    let pair = try measure(layers: 2) { if $0 == 1 { $1 = $1.map { $0 * 40 } } }
    #expect(Set(WeightOutliers.find(pair).map(\.tensor)).count == 2)
    #expect(WeightOutliers.find(try measure(layers: 1)).isEmpty)
    #expect(WeightOutliers.role(of: "a.3.mlp.2.w") == "mlp.*.w")
    #expect(WeightOutliers.role(of: "wte.weight") == "wte.weight")
  }
}
