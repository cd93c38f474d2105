import Testing
import Training

@Suite struct ParameterLayoutTests {
  @Test func countsEveryElement() {
    let layout = ParameterLayout(entries: [
      .init(name: "a", shape: [2, 3], offset: 0, role: .matrix(parts: 1)),
      .init(name: "b", shape: [4], offset: 6, role: .gain),
    ])
    #expect(layout.count == 10)
  }
}
