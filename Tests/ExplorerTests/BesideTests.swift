import Testing
import Trajectories

@testable import Explorer

/// A second metric beside the heat map.
@Suite struct BesideTests {
  private func rooms(_ session: Session) throws -> HeatRooms {
    let branch = try #require(session.state.branch)
    let place = try #require(Layout(session.state).place(.heat))
    return HeatRooms(session.state, branch, place.inner(session.state))
  }

  @Test func itIsThereWhereThereIsRoomAndElseWhereItIsAskedFor() throws {
    #expect(try rooms(Session(width: 80)).beside == nil)
    #expect(try rooms(Session(width: 120, height: 40)).beside == nil)
    var session = Session(width: 200, height: 60)
    #expect(try rooms(session).beside != nil)
    #expect(session.screen.text.contains("entropy, nats"))
    session.type("beside none")
    #expect(try rooms(session).beside == nil)
    session.type("beside margin")
    #expect(session.screen.text.contains("margin, probability") && session.said.contains("margin"))
    // The first metric is not shown twice.
    session.type("metric margin")
    #expect(session.state.besideMetric == nil)
    session.type("beside auto")
    session.type("metric entropy")
    #expect(session.state.besideMetric?.name == "arrival")
    var narrow = Session()
    narrow.type("beside kl")
    #expect(narrow.said.contains("no room"))
    narrow.press("+")
    #expect(try rooms(narrow).beside != nil)
  }

  @Test func aClickInItGoesToTheCell() throws {
    var session = Session(width: 200, height: 60)
    let beside = try #require(try rooms(session).beside)
    let branch = try #require(session.state.branch)
    let map = try #require(BesideMap(session.state, branch, beside))
    let cell = map.grid.cell(Address(token: 9, iteration: 4))
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: cell.x, y: cell.y))))
    #expect(session.state.cursor == Address(token: 9, iteration: 4))
  }

  @Test func distancesAreMeasuredForItToo() {
    var session = Session(width: 200, height: 60)
    session.type("beside distance_to_last")
    #expect(session.state.trajectory?.distanceToLast != nil)
  }

  @Test(arguments: [9, 16, 60, 300]) func whateverTheLengthBothStayInside(iterations: Int) throws {
    var session = Session(width: 200, height: 60, iterations: iterations)
    for size in [(200, 60), (150, 40), (160, 20)] {
      session.state.size = Size(width: size.0, height: size.1)
      let rooms = try rooms(session)
      let branch = try #require(session.state.branch)
      if let beside = rooms.beside {
        let map = try #require(BesideMap(session.state, branch, beside))
        let last = map.grid.shownIterations.upperBound - 1
        #expect(map.grid.x(ofIteration: last) + map.grid.cellWidth <= beside.maxX)
        #expect(rooms.map.maxX < beside.x)
      }
      for row in 0..<size.1 { #expect(Printable.width(session.screen.row(row)) == size.0) }
    }
  }
}
