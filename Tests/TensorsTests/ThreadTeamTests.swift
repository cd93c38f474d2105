import Foundation
import Synchronization
import Testing

@testable import Tensors

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 3, 8]) func everyTileOnce(count: Int) {
    let team = ThreadTeam(count: count)
    for round in 0..<500 {
      let tiles = round % 37
      let hits = Mutex([Int](repeating: 0, count: tiles))
      team.run(tiles: tiles, work: .max) { tile in hits.withLock { $0[tile] += 1 } }
      #expect(hits.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }

  @Test func callersTakeTurns() async {
    let team = ThreadTeam(count: 3)
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<100 {
            team.run(tiles: 10, work: .max) { _ in total.value.add(1, ordering: .relaxed) }
          }
        }
      }
    }
    #expect(total.value.load(ordering: .relaxed) == 4000)
  }

  @Test func smallWorkStaysOnTheCaller() {
    let caller = pthread_self()
    let foreign = Atomic<Int>(0)
    ThreadTeam(count: 4).run(tiles: 1000, work: 1000) { _ in
      if pthread_equal(pthread_self(), caller) == 0 { foreign.add(1, ordering: .relaxed) }
    }
    #expect(foreign.load(ordering: .relaxed) == 0)
  }

  @Test func someCoreIsAvailable() {
    #expect((1...4096).contains(ThreadTeam.availableCores))
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
