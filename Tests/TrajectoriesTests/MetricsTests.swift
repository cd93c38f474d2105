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

  /// A path of nine states with its second differences, computed independently in double precision.
  @Test func accelerationIsTheSecondDifference() {
    let path: [[Float]] = [
      [-1.7111, -0.2059, -0.2346, 1.1281, -0.0126],
      [-1.0781, -0.0993, 0.3565, 0.1397, 0.3252],
      [-0.69, -0.0959, 0.6435, -0.4826, 0.4965],
      [-0.4879, -0.1515, 0.7799, -0.8915, 0.5222],
      [-0.3019, -0.1032, 0.9273, -1.0608, 0.6463],
      [-0.1236, -0.0475, 0.9039, -1.2265, 0.7061],
      [-0.0327, -0.0741, 1.0067, -1.2264, 0.733],
      [-0.0256, -0.0779, 0.9996, -1.1462, 0.784],
      [-0.064, -0.1055, 0.9644, -1.1664, 0.6972],
    ]
    let lengths = [
      0.569960104, 0.357066212, 0.279760862, 0.182850048, 0.242714936, 0.16314751, 0.180264528,
    ]
    let shares = [
      0.263012753, 0.277660767, 0.349483341, 0.316173171, 0.606531762, 0.685520236, 0.890194745,
    ]
    let states = path.map { Matrix(rows: 1, columns: 5, values: $0) }
    var run = Trajectory(
      prompt: "a", tokens: [Token(id: 0, text: "a", isSpecial: false)], start: "given",
      initial: step(0, states[0], nil, nil))
    for index in 1..<states.count {
      run.append(
        step(index, states[index], states[index - 1], index > 1 ? states[index - 2] : nil))
    }
    #expect(Metric.acceleration.value(run, iteration: 1, token: 0) == nil)
    #expect(Metric.normalisedAcceleration.value(run, iteration: 1, token: 0) == nil)
    for index in lengths.indices {
      let length = Metric.acceleration.value(run, iteration: index + 2, token: 0)
      let share = Metric.normalisedAcceleration.value(run, iteration: index + 2, token: 0)
      #expect(abs((length ?? 9) - lengths[index]) < 1e-6, "\(index)")
      #expect(abs((share ?? 9) - shares[index]) < 1e-6, "\(index)")
    }
  }

  private func step(
    _ iteration: Int, _ state: Matrix, _ previous: Matrix?, _ earlier: Matrix?
  ) -> Step {
    Step(
      iteration: iteration,
      measures: StateMetrics.measure(state, previous: previous, earlier: earlier), readings: [],
      duration: .zero)
  }

  /// By hand: right two, then up two (√8 from going on); standing still goes back on itself by nothing.
  @Test func accelerationByHand() {
    func states(_ places: [(Float, Float)]) -> [Matrix] {
      places.map { Matrix(rows: 1, columns: 2, values: [$0.0, $0.1]) }
    }
    let turn = states([(0, 0), (2, 0), (2, 2)])
    let measure = StateMetrics.measure(turn[2], previous: turn[1], earlier: turn[0])[0]
    #expect(measure.acceleration == Float(8).squareRoot())
    #expect(StateMetrics.measure(turn[2], previous: turn[1])[0].acceleration == nil)
    let straight = states([(0, 1), (1, 1), (2, 1)])
    #expect(
      StateMetrics.measure(straight[2], previous: straight[1], earlier: straight[0])[0].acceleration
        == 0)
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

  /// What is on the screen is read first, with the last position, and told at once; no number depends on it.
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
          #expect(asked.count == told.count + 1, "nothing else was read before")
          told[first] = readings
        },
        logits: {
          asked.append($0.lowerBound)
          return table.rows($0)
        })
      #expect(readings == expected)
      #expect(asked == [2, 3, 0, 1].map { $0 * Lens.chunk })
      let (chunk, last) = (2 * Lens.chunk, 3 * Lens.chunk)
      #expect(
        told == [
          chunk: Array(expected[chunk..<last]), last: Array(expected[last...]),
        ])
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
