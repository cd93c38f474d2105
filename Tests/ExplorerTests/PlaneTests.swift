import Glibc
import Tensors
import Testing
import Trajectories

@testable import Explorer

/// What the plane is fitted on, and what it shows.
@Suite struct PlaneTests {
  private func plane(width: Int = 80, height: Int = 24, capabilities: Capabilities = .full)
    -> Session
  {
    var session = Session(width: width, height: height, capabilities: capabilities)
    session.state.focus = .plane
    return session
  }

  @Test(
    arguments: [("orbits", "+o"), ("waterfalls", "W")], [(80, 24), (120, 40), (200, 60)])
  func pictures(_ kind: (name: String, keys: String), _ size: (width: Int, height: Int)) {
    var session = plane(width: size.width, height: size.height)
    session.press(kind.keys)
    session.state.message = nil
    expectSnapshot(session.screen.text, "\(kind.name)-\(size.width)x\(size.height)")
  }

  /// A title says less rather than being cut.
  @Test func titlesFit() throws {
    var session = plane()
    session.press("A")
    session.settle()
    session.wait(10)
    session.state.message = nil
    let place = try #require(Layout(session.state).place(.plane))
    let title = planePane.title(session.state, place.rect.width)
    #expect(title.contains("% of path") && Printable.width(title) <= place.rect.width - 4)
    #expect(planePane.title(session.state, 60).contains(" r 0-16"))
    #expect(!planePane.title(session.state, 34).contains("r 0-16"))
    // A long token gives way to where one is.
    for width in [24, 30, 38] {
      let title = predictionsPane.title(session.state, width)
      #expect(title.hasSuffix(" at r 16") && Printable.width(title) <= max(width - 4, 23))
    }
  }

  @Test func bothInASCII() {
    var session = plane(capabilities: .plain)
    session.press("W")
    #expect(session.screen.text.unicodeScalars.allSatisfy { $0.isASCII })
    session.press("W+o")
    #expect(session.screen.text.unicodeScalars.allSatisfy { $0.isASCII })
  }

  @Test func aBasisIsChosenAndNamed() throws {
    var session = plane(width: 120, height: 40)
    let key = try #require(session.key)
    #expect(session.screen.text.contains("fit all r 0-16"))
    session.type("basis token")
    let one = ProjectionFit(token: 16, iterations: 0...16)
    #expect(session.effects.contains(.submit(.project(key, one, upTo: [16]))))
    session.state.message = nil
    #expect(session.screen.text.contains("fit token 16 r 0-16"))
    session.press("A")
    session.settle()
    let all = ProjectionFit(token: nil, iterations: 0...16)
    #expect(session.effects.contains(.submit(.project(key, all, upTo: [16]))))
    session.press("4P")
    #expect(
      session.effects
        == [.submit(.project(key, ProjectionFit(token: nil, iterations: 4...16), upTo: [16]))])
    session.type("basis tokn")
    #expect(session.said.contains("token?"))
  }

  /// Of all branches, what is not looked at is fitted on too, and has the basis from then on.
  @Test func aBasisOfAllBranches() throws {
    var session = plane(width: 120, height: 40)
    session.press("5r")
    session.settle()
    session.wait(100)
    let other = try #require(session.state.runs.tree.nodes.map(\.id).first { $0 != session.node })
    let key = try #require(session.key)
    let beside = session.state.text(try #require(session.state.runKey(other)))
    session.type("basis branches")
    let fit = ProjectionFit(token: nil, iterations: 0...16, texts: 2)
    #expect(
      session.effects.contains(
        .submit(.project(key, fit, upTo: [16], beside: [beside]))))
    session.state.message = nil
    #expect(session.screen.text.contains("fit 2 branches r 0-16"))
    #expect(session.state.views[other]?.projection == nil)
    session.press("b")
    session.settle()
    #expect(session.node == other && session.state.projection != nil)
  }

  /// A basis of the selected token is that of the token selected now; asked for once.
  @Test func aBasisOfATokenGoesAlong() throws {
    var session = plane()
    session.type("basis token")
    session.press("k")
    let key = try #require(session.key)
    let next = ProjectionFit(token: 15, iterations: 0...16)
    #expect(session.effects.contains(.submit(.project(key, next, upTo: [16]))))
    session.send(.compute(.cancelled(.run(session.node))))
    let isAskedAgain = session.effects.contains(.submit(.project(key, next, upTo: [16])))
    #expect(!isAskedAgain, "stopped is stopped")
    #expect(session.said.contains("fitting stopped"))
    session.settle()
    session.state.fullMemory = 1 << 20
    session.press("k")
    #expect(session.effects.isEmpty, "states would be computed again at every key")
  }

  @Test func aFitIsStoppedByTheKeyThatStops() {
    var session = plane()
    session.press("P")
    #expect(session.state.isFitting)
    session.press(.control("c"))
    #expect(session.effects == [.cancel])
  }

  @Test func pairsAreChosen() {
    var session = plane()
    session.press("p")
    #expect(session.state.plane.pair == ComponentPair(across: 2, up: 3))
    session.press("3p")
    #expect(session.state.plane.pair == ComponentPair(across: 4, up: 5))
    session.press("p")
    #expect(session.state.plane.pair == ComponentPair())
    session.type("components 1 4")
    #expect(session.state.plane.pair == ComponentPair(across: 0, up: 3))
    #expect(session.screen.text.contains("PC1×PC4"))
    session.type("components 3")
    #expect(session.state.plane.pair == ComponentPair(across: 4, up: 5))
    for text in ["components 4", "components 1 7", "components 2 2", "components a b"] {
      session.type(text)
      #expect(session.said.contains("takes two of 1 to 6"), "\(text)")
    }
    session.press("4p")
    #expect(session.said.contains("3 pairs"))
  }

  /// A run whose states go round in two planes, far from the others' middle: centred it is a ring of
  /// the same radius about the mean, and the share is that of the ring.
  @Test func aCentredCircleIsARing() throws {
    let count = 48
    var spread = PathSpread()
    let places = (0..<count).map { step -> [Float] in
      let angle = 2 * Float.pi * Float(step) / Float(count)
      return [7 + 3 * cos(angle), -4 + 3 * sin(angle), cos(2 * angle), sin(2 * angle), 0, 0]
    }
    for place in places { spread.add(matrix(place), firstToken: 0) }
    let projection = Projection(
      fit: ProjectionFit(token: nil, iterations: 0...count - 1),
      explainedVarianceRatio: [0.45, 0.45, 0.05, 0.05, 0, 0],
      coordinates: places.map { [$0] }, spread: spread.sums)
    let ring = PlaneView.centred(projection.coordinates.map { ComponentPair().point($0[0]) })
    #expect(ring.allSatisfy { abs(hypot($0?.x ?? 0, $0?.y ?? 0) - 3) < 1e-5 })
    let share = projection.share(ofComponents: [0, 1], token: 0, isCentred: true)
    #expect(abs((share ?? 0) - 0.9) < 1e-5)
    #expect(abs((projection.share(ofComponents: [2, 3], token: 0) ?? 0) - 0.1) < 1e-5)

    var session = plane()
    session.state.cursor = Address(token: 0, iteration: 16)
    session.state.plane.isCentred = true
    let rect = Rect(x: 0, y: 0, width: 46, height: 21)
    let view = try #require(PlaneView(session.state, projection, ComponentPair(), rect))
    let middle = view.scale.cell(PlanePoint(x: 0, y: 0))
    #expect(
      abs(middle.x - view.scale.area.x - view.scale.area.width / 2) <= 1
        && abs(middle.y - view.scale.area.y - view.scale.area.height / 2) <= 1)
  }

  @Test func pointingFindsIterations() throws {
    var session = plane(width: 120, height: 40)
    session.press("W")
    let place = try #require(Layout(session.state).place(.plane)).inner(session.state)
    let pane = Pane.of(.plane)
    let right = pane.pick(session.state, place, Point(x: place.maxX - 1, y: place.maxY - 4))
    #expect(right?.iteration == 16)
    session.press("W+o")
    let projection = try #require(session.state.projection)
    let view = OrbitsView(session.state, projection, place)
    let row = place.y + 12
    #expect((0..<place.width).contains { view.iteration(near: Point(x: $0, y: row)) != nil })
  }

  private func matrix(_ row: [Float]) -> Matrix {
    Matrix(rows: 1, columns: row.count, values: row)
  }
}

extension PlaneTests {
  /// A path that is high and narrow lies down where the pane is wide, and the axes say so.
  @Test func aPathLiesAsThePaneDoes() throws {
    var session = Session(width: 120, height: 40)
    var projection = Projection(
      fit: ProjectionFit(token: nil, iterations: 0...16),
      explainedVarianceRatio: [0.6, 0.3], coordinates: [], spread: PathSpread().sums)
    for iteration in 0...16 {
      let place = Float(iteration)
      projection.add(
        (0..<session.state.tokenCount).map { _ in [place / 20, place] }, iteration: iteration,
        firstToken: 0)
    }
    session.state.projection = projection
    let place = try #require(Layout(session.state).place(.plane)).inner(session.state)
    let view = try #require(PlaneView(session.state, projection, ComponentPair(), place))
    #expect(view.pair == ComponentPair(across: 1, up: 0))
    let last = place.maxY - 1
    #expect(session.screen.row(last).contains("PC2 ▸") && session.screen.text.contains("PC1 ▲"))
    let across = view.own.compactMap { $0 }.map { view.scale.cell($0).x }
    #expect((across.max() ?? 0) - (across.min() ?? 0) > place.width / 2)
    // It turns with a fit alone: what comes after it does not turn it.
    session.state.cursor.iteration = 3
    #expect(PlaneView(session.state, projection, ComponentPair(), place)?.pair == view.pair)
  }
}
