import Foundation
import Tasks
import Tensors
import Testing

@testable import Training

@Suite struct OptimizerTests {
  private func layout(_ role: ParameterLayout.Role, _ shape: [Int]) -> ParameterLayout {
    ParameterLayout(entries: [.init(name: "w", shape: shape, offset: 0, role: role)])
  }

  /// Two steps with pencil and paper: β₁ 0.9, β₂ 0.99, rate 0.1, decay 0.5.
  @Test func adamWTakesTheStepsComputedByHand() {
    var settings = OptimizerSettings()
    settings.adamW = .init()
    settings.adamW.learningRate = 0.2
    settings.adamW.beta2 = 0.99
    settings.adamW.weightDecay = 0.5
    let optimizer = Optimizer(layout: layout(.gain, [2]), settings: settings, team: .single)
    var weights: [Float] = [1, -2]
    var state = OptimizerState(count: 2)
    // Step 1: the corrected moments are g and g², so each weight moves by rate · sign(g).
    optimizer.update(&weights, gradients: [3, -0.5], state: &state, rate: 0.5)
    #expect(abs(weights[0] - (0.95 - 0.1)) < 1e-6)
    #expect(abs(weights[1] - (-1.9 + 0.1)) < 1e-6)
    // Step 2, g = (1, -0.5): m = (0.9·0.3 + 0.1, …), v = (0.99·0.09 + 0.01, …).
    optimizer.update(&weights, gradients: [1, -0.5], state: &state, rate: 0.5)
    let first = 0.37 / 0.19
    let second = (0.0991 / 0.0199).squareRoot()
    #expect(abs(weights[0] - Float(0.95 * 0.85 - 0.1 * first / second)) < 1e-6)
    #expect(abs(weights[1] - Float(0.95 * -1.8 + 0.1)) < 1e-6)
    #expect(state.steps == 2)
  }

  /// Eigenvalues of a symmetric matrix by Jacobi's rotations.
  private func eigenvalues(_ matrix: [[Double]]) -> [Double] {
    var a = matrix
    let n = a.count
    for _ in 0..<60 {
      for p in 0..<n {
        for q in p + 1..<n where abs(a[p][q]) > 1e-14 {
          let theta = atan2(2 * a[p][q], a[q][q] - a[p][p]) / 2
          let (c, s) = (cos(theta), sin(theta))
          for k in 0..<n {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
          }
          for k in 0..<n {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
          }
        }
      }
    }
    return (0..<n).map { a[$0][$0] }
  }

  @Test(arguments: [(6, 6), (4, 11), (11, 4), (1, 5), (5, 1), (20, 53), (53, 20)])
  func orthogonalizedMatricesHaveSingularValuesNearOne(rows: Int, columns: Int) {
    var random = TaskRandom(seed: UInt64(rows * 100 + columns))
    var matrix = (0..<rows * columns).map { _ in Float(random.normal()) * 0.01 }
    let before = matrix
    matrix.withUnsafeMutableBufferPointer {
      Operations.orthogonalize(
        $0, rows: rows, columns: columns, scratch: OrthogonalizationScratch())
    }
    let side = min(rows, columns)
    func element(_ i: Int, _ k: Int) -> Double {
      Double(rows <= columns ? matrix[i * columns + k] : matrix[k * columns + i])
    }
    let gram = (0..<side).map { i in
      (0..<side).map { j in
        (0..<max(rows, columns)).reduce(0.0) { $0 + element(i, $1) * element(j, $1) }
      }
    }
    for value in eigenvalues(gram) { #expect((0.6...1.3).contains(value.squareRoot())) }
    // It stays on the side it came from: the inner product with the original is positive.
    #expect(zip(before, matrix).reduce(0) { $0 + $1.0 * $1.1 } > 0)
  }

  @Test func muonMovesEveryDirectionAlikeAndPartsApart() {
    var settings = OptimizerSettings()
    settings.muon.learningRate = 0.1
    settings.muon.weightDecay = 0.5
    let optimizer = Optimizer(
      layout: layout(.matrix(parts: 2), [4, 2]), settings: settings, team: .single)
    // One part has a tiny gradient, the other a large one: both move by the same length.
    var weights = [Float](repeating: 2, count: 8)
    var state = OptimizerState(count: 8)
    let gradient: [Float] = [1e-3, 0, 0, 1e-3, 500, 0, 0, 500]
    optimizer.update(&weights, gradients: gradient, state: &state, rate: 1)
    for (index, weight) in weights.enumerated() {
      let moved = Double(1.9 - weight)
      if gradient[index] == 0 {
        #expect(abs(moved) < 1e-6)
      } else {
        #expect((0.06...0.13).contains(moved))
      }
    }
    #expect(weights[0] == weights[3] && abs(weights[0] - weights[4]) < 1e-3)
  }

  @Test func tallMatricesMoveFurther() {
    func move(_ shape: [Int]) -> Double {
      var settings = OptimizerSettings()
      settings.muon.weightDecay = 0
      let optimizer = Optimizer(
        layout: layout(.matrix(parts: 1), shape), settings: settings, team: .single)
      var weights = [Float](repeating: 0, count: 4)
      var state = OptimizerState(count: 4)
      optimizer.update(&weights, gradients: [1, 1, 1, 1], state: &state, rate: 1)
      return weights.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
    }
    #expect(abs(move([4, 1]) / move([1, 4]) - 2) < 1e-4)
  }

  @Test func threadsMakeNoDifference() {
    let engine = ToyEngine()
    let start = Initialization(width: 8, effectiveLayers: 3).weights(engine.layout, seed: 1)
    let gradients = Initialization(width: 8, effectiveLayers: 3).weights(engine.layout, seed: 2)
    let results = [1, 3].map { threads in
      let optimizer = Optimizer(
        layout: engine.layout, settings: .init(), team: ThreadTeam(count: threads))
      var state = TrainingState(weights: start)
      for _ in 0..<3 { state.follow(gradients, optimizer: optimizer, rate: 1) }
      return state
    }
    #expect(results[0] == results[1])
  }

  @Test func longGradientsAreShortenedOnly() {
    var long: [Float] = [3, 0, -4] + [Float](repeating: 0, count: 20)
    #expect(GradientClip.apply(limit: 1, to: &long) == 5)
    #expect(abs(long[0] - 0.6) < 1e-6 && abs(long[2] + 0.8) < 1e-6)
    var short: [Float] = [0.3, 0.4]
    GradientClip.apply(limit: 1, to: &short)
    #expect(short == [0.3, 0.4])
    var broken: [Float] = [1, .nan]
    #expect(GradientClip.apply(limit: 1, to: &broken).isNaN)
  }

  @Test func averagesFollow() {
    var average: [Float] = [0, 10]
    WeightAverage.update(&average, with: [1, 20], decay: 0.75)
    #expect(average == [0.25, 12.5])
  }

  @Test func ratesRiseStayAndFall() {
    let schedule = LearningRateSchedule(warmup: 4, decayFrom: 0.5, final: 0.1)
    let factors = (0..<21).map { schedule.factor(step: $0, of: 21) }
    #expect(Array(factors[0..<4]) == [0.25, 0.5, 0.75, 1])
    #expect(factors[4..<11].allSatisfy { $0 == 1 })
    #expect(abs(factors[20] - 0.1) < 1e-12 && factors[15] < 1 && factors[15] > factors[16])
    #expect(LearningRateSchedule(warmup: 0, decayFrom: 1).factor(step: 9, of: 10) == 1)
  }

  @Test func firstWeightsHaveTheDeviationsOfTheirPlace() {
    let layout = ParameterLayout(entries: [
      .init(name: "transformer.wte.weight", shape: [100, 50], offset: 0, role: .embedding),
      .init(name: "b.attn.proj.weight", shape: [50, 50], offset: 5_000, role: .matrix(parts: 1)),
      .init(name: "b.mlp.fc.weight", shape: [100, 50], offset: 7_500, role: .matrix(parts: 2)),
      .init(name: "b.norm_1.weight", shape: [50], offset: 12_500, role: .gain),
      .init(name: "b.attn.qk_bias", shape: [50], offset: 12_550, role: .bias),
    ])
    let initialization = Initialization(width: 50, effectiveLayers: 8)
    let weights = initialization.weights(layout, seed: 5)
    func deviation(_ range: Range<Int>) -> Double {
      (weights[range].reduce(0.0) { $0 + Double($1 * $1) } / Double(range.count)).squareRoot()
    }
    // √(2 / 250) = 0.0894, cut at three deviations 0.0882; over √16 on the way out.
    #expect(abs(deviation(0..<5_000) - 0.0882) < 0.003)
    #expect(abs(deviation(5_000..<7_500) - 0.0882 / 4) < 0.001)
    #expect(abs(deviation(7_500..<10_000) - 0.0882) < 0.004)
    #expect(abs(deviation(10_000..<12_500) - 0.0882 / 4) < 0.001)
    #expect(weights[0..<5_000].allSatisfy { abs($0) <= 3 * 0.08945 })
    #expect(weights[12_500..<12_550].allSatisfy { $0 == 1 })
    #expect(weights[12_550..<12_600].allSatisfy { $0 == 0 })
  }

  @Test func iterationsFollowTheLaw() {
    var law = RecurrenceLaw()
    law.shallowShare = 0
    law.cap = 1_000
    var random = TaskRandom(seed: 1)
    let draws = (0..<20_000).map { _ in law.draw(mean: 8, random: &random) }
    let mean = Double(draws.reduce(0) { $0 + $1.iterations }) / 20_000
    #expect(abs(mean - 9) < 0.1)  // r̄ + 1
    // Var = r̄ + r̄² (e^{σ²} − 1) = 8 + 64 · 0.284
    let variance =
      draws.reduce(0.0) { $0 + pow(Double($1.iterations) - mean, 2) } / 20_000
    #expect(abs(variance - 26.2) < 2)
    #expect(draws.allSatisfy { $0.differentiated == min(4, $0.iterations) })
    law.shallowShare = 1
    law.cap = 4
    let shallow = (0..<1_000).map { _ in law.draw(mean: 8, random: &random).iterations }
    #expect(Set(shallow) == [1, 2, 3, 4])
    law.mean = 2...5
    #expect(law.mean(step: 0, of: 4) == 2 && law.mean(step: 3, of: 4) == 5)
    #expect(law.mean(step: 1, of: 4) == 3)
  }

  /// The norm's bits are part of what a recipe promises: eight sums, added in order.
  @Test(arguments: [0, 7, 8, 1_003]) func theClipAddsInAFixedOrder(count: Int) {
    var numbers = Numbers(seed: 3)
    var gradients = numbers.floats(count)
    var sums = [Double](repeating: 0, count: 8)
    for (i, value) in gradients.enumerated() { sums[i % 8] += Double(value) * Double(value) }
    let expected = sums.reduce(0, +).squareRoot()
    #expect(GradientClip.apply(limit: 1e9, to: &gradients) == expected)
  }
}
