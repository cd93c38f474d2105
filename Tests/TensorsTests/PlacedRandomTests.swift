import Testing

@testable import Tensors

/// Numbers drawn by place: the law, and that places have nothing to do with each other.
@Suite struct PlacedRandomTests {
  @Test func aNormalLaw() {
    let values = (0..<40).flatMap { PlacedRandom(seed: 4).at($0).normal(257).map(Double.init) }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let square = values.reduce(0) { $0 + $1 * $1 } / count
    let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
    #expect(abs(mean) < 0.03 && abs(square - 1) < 0.05 && abs(fourth - 3) < 0.3)
    #expect(values.allSatisfy(\.isFinite) && values.contains { abs($0) > 3 })
    // Coordinates of one draw are as independent as others.
    let pairs = stride(from: 0, to: values.count - 1, by: 2).reduce(0) {
      $0 + values[$1] * values[$1 + 1]
    }
    #expect(abs(pairs / (count / 2)) < 0.05)
  }

  @Test func onlyThePlaceDecides() {
    let place = PlacedRandom(seed: 7).at(0).at(4).at(9).at(2)
    #expect(place.normal(16) == place.normal(16))
    #expect(Array(place.normal(64).prefix(5)) == place.normal(5))
    let others = [
      PlacedRandom(seed: 8).at(0).at(4).at(9).at(2), PlacedRandom(seed: 7).at(1).at(4).at(9).at(2),
      PlacedRandom(seed: 7).at(0).at(5).at(9).at(2), PlacedRandom(seed: 7).at(0).at(4).at(9).at(3),
      PlacedRandom(seed: 7).at(4).at(0).at(9).at(2),
    ]
    let drawn = ([place] + others).map { $0.normal(32) }
    #expect(Set(drawn.flatMap(\.self)).count == 6 * 32)
  }

  /// Every part of a seed is the first part of another.
  @Test(arguments: [UInt64(0), 7, .max]) func partsAreFirstPartsOfOtherSeeds(seed: UInt64) {
    #expect(PlacedRandom.seed(ofPart: 0, of: seed) == seed)
    for part in [UInt64(1), 63, 1 << 40] {
      let other = PlacedRandom.seed(ofPart: part, of: seed)
      #expect(other != seed)
      #expect(PlacedRandom(seed: other).at(0) == PlacedRandom(seed: seed).at(part))
    }
  }

  /// The numbers are the same for ever: runs are made again from their seeds.
  @Test func theNumbersStay() {
    #expect(PlacedRandom(seed: 7).at(0).bits(0) == 1_213_277_729_458_912_176)
    #expect(PlacedRandom(seed: 7).at(0).normal(2) == [-0.982_421_64, -2.116_122])
  }
}
