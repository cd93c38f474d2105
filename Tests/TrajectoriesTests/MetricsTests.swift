import Tensors
import Testing

@testable import Trajectories

@Suite struct MetricsTests {
  @Test func measuresOfAKnownStep() {
    let before = Matrix(rows: 2, columns: 2, values: [3, 4, 0, 0])
    let after = Matrix(rows: 2, columns: 2, values: [3, 0, 0, 2])
    let measures = StateMetrics.measure(after, previous: before)
    #expect(measures[0].norm == 3 && measures[0].residual == 4)
    #expect(abs((measures[0].relativeResidual ?? 0) - 4.0 / 3) < 1e-6)
    #expect(abs((measures[0].cosine ?? 0) - 0.6) < 1e-6)
    #expect(measures[1].residual == 2 && measures[1].relativeResidual == 1)
    #expect(measures[1].cosine == nil, "the angle from a zero state is undefined")
  }

  @Test func aZeroStateHasNoRelativeResidual() {
    let zero = Matrix(rows: 1, columns: 3)
    let measure = StateMetrics.measure(zero, previous: zero)[0]
    #expect(measure.norm == 0 && measure.residual == 0)
    #expect(measure.relativeResidual == nil && measure.cosine == nil)
  }

  @Test func theInitialStateHasOnlyANorm() {
    let measure = StateMetrics.measure(Matrix(rows: 1, columns: 1, values: [-2]), previous: nil)[0]
    #expect(measure.norm == 2 && measure.residual == nil && measure.cosine == nil)
  }

  @Test func smallResidualsOfLargeStatesKeepTheirDigits() {
    let before = Matrix(rows: 1, columns: 2, values: [1000, 1000])
    let after = Matrix(rows: 1, columns: 2, values: [1000, 1000.0001])
    let difference = Float(1000.0001) - 1000
    #expect(StateMetrics.measure(after, previous: before)[0].residual == difference)
  }

  @Test func readingsOfKnownLogits() {
    var lens = Lens(candidates: 2)
    let flat = Matrix(rows: 1, columns: 4)
    func read(_ table: Matrix) -> Reading {
      lens.read(
        rows: 1,
        vocabulary: Vocabulary(count: 9) { Token(id: $0, text: "<\($0)>", isSpecial: false) },
        logits: { table.rows($0) })[0]
    }
    let first = read(flat)
    #expect(abs((first.entropy ?? 0) - 1.3862944) < 1e-6, "ln 4")
    #expect(first.kl == nil && first.argmax == 0 && first.top.count == 2)
    let sure = Matrix(rows: 1, columns: 4, values: [0, 100, 0, 0])
    let second = read(sure)
    #expect((second.entropy ?? 1) < 1e-6 && second.top[0].text == "<1>")
    #expect(abs(second.top[0].probability - 1) < 1e-6)
    // KL(uniform ‖ p) = −ln 4 − mean ln p = −ln 4 + 75.
    #expect(abs((second.kl ?? 0) - (75 - 1.3862944)) < 1e-3)
    let third = read(sure)
    #expect((third.kl ?? 1) < 1e-6, "nothing moved")
  }

  /// What is on the screen is read first and told at once; no number depends on it.
  @Test func positionsLookedAtAreReadFirst() {
    let rows = 3 * Lens.chunk + 5
    let tables = (0..<3).map { pass in
      Matrix(rows: rows, columns: 3, values: (0..<rows * 3).map { Float(($0 * (pass + 2)) % 7) })
    }
    var (plain, hasty) = (Lens(candidates: 2), Lens(candidates: 2))
    let looked = 2 * Lens.chunk + 3..<2 * Lens.chunk + 9
    for table in tables {
      let expected = plain.read(rows: rows, vocabulary: .unread) { table.rows($0) }
      var asked: [Int] = []
      var told: [Int: [Reading]] = [:]
      let readings = hasty.read(
        rows: rows, first: looked, vocabulary: .unread,
        early: { first, readings in
          #expect(asked.count == 1, "nothing else was read before")
          told[first] = readings
        },
        logits: {
          asked.append($0.lowerBound)
          return table.rows($0)
        })
      #expect(readings == expected)
      #expect(asked == [2, 0, 1, 3].map { $0 * Lens.chunk })
      let chunk = 2 * Lens.chunk
      #expect(told == [chunk: Array(expected[chunk..<chunk + Lens.chunk])])
    }
    var told = 0
    _ = hasty.read(
      rows: rows, first: 0..<rows, vocabulary: .unread, early: { _, _ in told += 1 },
      logits: { tables[0].rows($0) })
    #expect(told == 3, "the last comes with the whole")
  }

  @Test func chunksOfALongPromptAreComparedWithThemselves() {
    var lens = Lens(candidates: 1)
    let rows = Lens.chunk + 5
    let values = (0..<rows * 3).map { Float($0 % 7) }
    let table = Matrix(rows: rows, columns: 3, values: values)
    for pass in 0..<3 {
      let readings = lens.read(rows: rows, vocabulary: .unread) { table.rows($0) }
      #expect(readings.count == rows)
      if pass == 2 { #expect(readings.allSatisfy { ($0.kl ?? 1) < 1e-7 }) }
    }
  }
}
