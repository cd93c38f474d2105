import Testing
import Trajectories

@testable import Engine
@testable import Explorer

/// What is said while a long prompt begins and goes on.
@Suite struct WaitingTests {
  private static func forecast(budget: Int) -> MemoryForecast {
    MemoryForecast(
      tokens: 2000, weights: 7 << 30, scratch: 700 << 20, fixed: 1 << 30, perIteration: 700 << 20,
      predictions: 500 << 20, budget: budget, remembered: budget / 4)
  }

  @Test func aBeginningTellsHowFarItIsAndWhatItTakes() throws {
    var session = Session(runToTarget: false)
    session.state.runs = Runs()
    session.state.isBeginning = true
    let run = session.state.run
    session.send(.compute(.expected(run, Self.forecast(budget: 3 << 30))))
    session.send(.compute(.beginning(run, done: 1, total: 2)))
    #expect(
      session.state.waitingWords
        == "the prompt is read: 2000 tokens, about 11 GiB of memory, layer 1 of 2")
    #expect(session.said.contains("room for 2"))
    // That of a run nobody waits for is nothing to the screen.
    session.send(.compute(.beginning(run.next, done: 2, total: 2)))
    #expect(session.state.layers?.done == 1)
  }

  @Test func whatIsSmallIsNotSpokenOf() {
    var session = Session(runToTarget: false)
    let small = MemoryForecast(
      tokens: 17, weights: 3 << 20, scratch: 1 << 16, fixed: 1 << 16, perIteration: 1 << 14,
      predictions: 1 << 14, budget: 1 << 10, remembered: 0)
    session.state.message = nil
    session.send(.compute(.expected(session.state.run, small)))
    #expect(session.said.isEmpty)
  }

  /// Nothing is known of how long the first iteration takes; that it is on its way is.
  @Test func layersOfAFirstIterationAreTold() throws {
    var session = Session(runToTarget: false)
    let node = try #require(session.state.branch?.node)
    session.state.isStepping = true
    session.state.waiting.since = session.state.now
    session.state.layers = nil
    session.send(.compute(.progress(node, iteration: 1, done: 3, total: 6)))
    #expect(!StatusLine.playText(session.state).contains("3/6"), "a step of a moment is no waiting")
    session.send(.tick(now: session.state.now + 1))
    session.state.isPlaying = true
    session.state.isStepping = true
    session.state.waiting.since = session.state.now - 1
    session.state.layers = (3, 6)
    #expect(StatusLine.playText(session.state).contains("3/6"))
  }
}
