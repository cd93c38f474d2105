import Tasks
import Testing

@Suite struct TaskRandomTests {
  @Test func drawsTheSameNumbersOnEveryMachine() {
    var random = TaskRandom(seed: 7)
    let draws = (0..<6).map { _ in random.below(10) }
    var again = TaskRandom(seed: 7)
    #expect(draws == (0..<6).map { _ in again.below(10) })
    var other = TaskRandom(seed: 7, stream: 1)
    #expect((0..<20).map { _ in other.below(10) } != (0..<20).map { _ in again.below(10) })
  }

  @Test func staysInsideItsRange() {
    var random = TaskRandom(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<400 { seen.insert(random.below(7)) }
    #expect(seen == Set(0..<7))
  }
}
