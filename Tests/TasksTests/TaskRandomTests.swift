import Testing

@testable import Tasks

@Suite struct TaskRandomTests {
  /// SplitMix64 as its authors publish it, worked out in another language.
  @Test func drawsTheSameNumbersOnEveryMachine() {
    var random = TaskRandom(seed: 7)
    #expect((0..<12).map { _ in random.below(10) } == [6, 4, 9, 1, 5, 7, 5, 1, 8, 7, 2, 4])
    var other = TaskRandom(seed: 7, stream: 1)
    #expect((0..<12).map { _ in other.below(10) } == [5, 8, 9, 9, 9, 4, 9, 4, 8, 8, 7, 0])
    var bits = TaskRandom(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in bits.next() }
        == [0x06EE_F5FE_B8FA_D5E6, 0x3061_9436_1712_C6A9, 0x59AB_0723_AFD7_AB41])
    var units = TaskRandom(seed: 7)
    #expect([units.unit(), units.unit()] == [0.609394524568175, 0.40917949860472513])
    var order = TaskRandom(seed: 7)
    #expect(TaskRandom.shuffled(Array(0..<8), &order) == [7, 1, 3, 6, 0, 5, 2, 4])
  }

  @Test func staysInsideItsRange() {
    var random = TaskRandom(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<400 { seen.insert(random.below(7)) }
    #expect(seen == Set(0..<7))
  }
}
