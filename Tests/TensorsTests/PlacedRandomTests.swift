import CKernels
import Foundation
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

  /// Held against the law itself: distance and angle of a draw in float64.
  @Test func numbersAreThoseOfBoxAndMuller() {
    let place = PlacedRandom(seed: 11).at(3)
    let count = 20_000
    let drawn = place.normal(count)
    var worst = 0.0
    for coordinate in stride(from: 0, to: count, by: 2) {
      let bits = place.bits(UInt64(coordinate))
      let length = (-2 * log((Double(bits >> 32) + 1) * 0x1p-32)).squareRoot()
      let angle = Double(bits & 0xFFFF_FFFF) * 0x1p-32 * 2 * Double.pi
      let errors = (
        abs(Double(drawn[coordinate]) - length * cos(angle)),
        abs(Double(drawn[coordinate + 1]) - length * sin(angle))
      )
      worst = max(worst, max(errors.0, errors.1) / length)
    }
    #expect(worst < 2e-7 && worst > 0)
  }

  /// The largest distance from the normal law that so many numbers may have in one case of a million.
  @Test func kolmogorovAndSmirnovFindNothing() {
    let values = (0..<200).flatMap { PlacedRandom(seed: 5).at($0).normal(500) }.sorted()
    let count = Double(values.count)
    let distance = values.enumerated().reduce(0.0) { worst, item in
      let share = 0.5 * erfc(-Double(item.element) / 2.0.squareRoot())
      return max(
        worst, abs(share - Double(item.offset) / count),
        abs(share - Double(item.offset + 1) / count))
    }
    #expect(distance * count.squareRoot() < 2.7)
    // Tails: one number in 31574 is beyond 4, either way.
    #expect(values.filter { abs($0) > 3 }.count > 170 && values.filter { abs($0) > 3 }.count < 380)
    #expect((0..<20).contains(values.filter { abs($0) > 4 }.count))
    #expect(values.allSatisfy { abs($0) < 6.7 })
  }

  /// Neighbouring seeds, copies, iterations, positions and coordinates have nothing to do with each other.
  @Test func neighboursAreIndependent() {
    let count = 4096
    let place = PlacedRandom(seed: 3).at(1).at(2).at(9).at(4)
    let drawn = place.normal(count)
    let neighbours = [
      PlacedRandom(seed: 4).at(1).at(2).at(9).at(4), PlacedRandom(seed: 3).at(2).at(2).at(9).at(4),
      PlacedRandom(seed: 3).at(1).at(3).at(9).at(4), PlacedRandom(seed: 3).at(1).at(2).at(9).at(5),
    ].map { $0.normal(count) }
    for other in neighbours + [Array(drawn.dropFirst() + drawn.prefix(1))] {
      let product = zip(drawn, other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(product / Double(count).squareRoot()) < 5)
      // And not in size either.
      let squares = zip(drawn, other).reduce(0.0) {
        $0 + (Double($1.0) * Double($1.0) - 1) * (Double($1.1) * Double($1.1) - 1)
      }
      #expect(abs(squares / 2 / Double(count).squareRoot()) < 8)
    }
  }

  /// Every table gives the bits of the scalar twin, whatever is left over at the end.
  @Test(arguments: KernelTwinTests.names) func everyTableGivesTheSameBits(name: String) throws {
    let vector = try #require(muninn_kernels_named(name)).pointee
    let scalar = try #require(muninn_kernels_named("scalar")).pointee
    for count in [0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 100, 129, 20_001] {
      var (a, b) = (
        [Float](repeating: 9, count: count + 1), [Float](repeating: 9, count: count + 1)
      )
      let key = UInt64(count) &* 0xD1B5_4A32_D192_ED03
      vector.normals(key, 0.37, &a, Int64(count))
      scalar.normals(key, 0.37, &b, Int64(count))
      #expect(a.map(\.bitPattern) == b.map(\.bitPattern) && a[count] == 9)
      for threshold: UInt64 in [0, 1 << 50, 1 << 52, 1 << 53] {
        vector.drop(key, threshold, 1.7, &a, Int64(count))
        scalar.drop(key, threshold, 1.7, &b, Int64(count))
        #expect(a.map(\.bitPattern) == b.map(\.bitPattern) && a[count] == 9)
      }
    }
  }

  /// As many elements go as the share says, each by its own bits.
  @Test func dropoutKeepsTheMean() {
    let place = PlacedRandom(seed: 8).at(2)
    let factors = place.dropout(10_000, share: 0.3)
    #expect(Set(factors) == [0, 1 / (1 - 0.3)])
    #expect(abs(factors.reduce(0, +) / 10_000 - 1) < 0.03)
    for (coordinate, factor) in factors.enumerated() {
      let uniform = Double(place.bits(UInt64(coordinate)) >> 11) * 0x1p-53
      #expect((factor == 0) == (uniform < Double(Float(0.3))))
    }
    #expect(place.dropout(100, share: 0).allSatisfy { $0 == 1 })
  }

  /// Rows changed together, by any number of threads, are what each of them is alone.
  @Test(arguments: [
    RandomChange.noise(size: 0.3), .relativeNoise(share: 0.1), .dropout(share: 0.25),
  ])
  func rowsDoNotSeeEachOther(change: RandomChange) {
    var numbers = TestNumbers(seed: 3)
    let matrix = numbers.matrix(300, 70)
    let places = (0..<300).map { PlacedRandom(seed: 2).at(UInt64($0)) }
    let (one, three) = (Buffer(matrix), Buffer(matrix))
    Operations.change(one, change, at: places, team: .single)
    Operations.change(three, change, at: places, team: ThreadTeam(count: 3))
    #expect(one.matrix() == three.matrix() && one.matrix() != matrix)
    let alone = Buffer(matrix.rows(17..<18))
    Operations.change(alone, change, at: [places[17]], team: .single)
    #expect(alone.row(0) == one.row(17))
  }

  /// The numbers are the same for ever: runs are made again from their seeds.
  @Test func theNumbersStay() {
    #expect(PlacedRandom(seed: 7).at(0).bits(0) == 1_213_277_729_458_912_176)
    #expect(PlacedRandom(seed: 7).at(0).normal(2) == [-0.982_421_6, -2.116_122])
  }
}
