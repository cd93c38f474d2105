import Testing

@testable import Tensors

/// Drawn states: the law, and that only seed and place decide.
@Suite struct PlacedStatesTests {
  private func draw(seed: UInt64, row: Int, rows: Int, width: Int) -> [Float] {
    PlacedStates(StateDistribution(deviation: 0.25, scale: 2)).states(
      seed: seed, places: row * 48..<(row + rows) * 48, width: width
    ).values
  }

  @Test func aNormalTruncatedAtThreeDeviations() {
    let values = draw(seed: 3, row: 0, rows: 40, width: 129).map { Double($0) / 0.5 }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let square = values.reduce(0) { $0 + $1 * $1 } / count
    let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count
    // Moments of the truncated law: 1 − 6φ(3)/Z and 3·that − 54φ(3)/Z.
    #expect(abs(mean) < 0.008 && abs(square - 0.97334) < 0.012 && abs(fourth - 2.6801) < 0.08)
    let beyond = Double(values.filter { abs($0) > 2 }.count) / count
    #expect(abs(beyond - 0.0429) < 0.002)
    #expect(values.allSatisfy { abs($0) <= 3 } && values.contains { abs($0) > 2.9 })
  }

  @Test func onlySeedAndPlaceDecide() {
    let all = draw(seed: 9, row: 0, rows: 4, width: 16)
    #expect(Array(all[2 * 48 * 16..<3 * 48 * 16]) == draw(seed: 9, row: 2, rows: 1, width: 16))
    #expect(Set(all).count > all.count * 99 / 100)
    #expect(draw(seed: 10, row: 0, rows: 4, width: 16) != all)
  }
}
