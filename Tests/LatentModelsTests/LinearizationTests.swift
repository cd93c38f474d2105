import Checkpoints
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// The Jacobian of an iteration, without its matrix.
@Suite struct LinearizationTests {
  private static func model(_ name: String) throws -> any LatentModel {
    let checkpoint = try name.isEmpty ? .embedded() : Checkpoint.open(Fixtures.path(name))
    return try ModelPlan(checkpoint).open(WeightPacking(team: .single))
  }

  private static func dot(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }

  private static func vector(_ rows: Int, _ width: Int, seed: UInt64) -> Matrix {
    var generator = TorchGenerator(seed: seed)
    let values = generator.normal(rows * width, deviation: 1)
    let length = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return Matrix(rows: rows, columns: width, values: values.map { Float(Double($0) / length) })
  }

  /// Products agree with differences of steps, the transpose with the products, the blocks on the
  /// diagonal with changes of one token; several vectors go together to the same bits.
  private func expectDerivative(
    _ model: any LatentModel, _ state: LatentState, _ context: PromptContext, _ call: Call = .plain
  ) throws {
    let map = try model.linearize(state, in: context, call)
    let (rows, width) = (map.rows, map.width)
    let (v, u) = (
      Self.vector(rows, width, seed: 1), Self.vector(rows, width, seed: 2)
    )
    let (jv, ju) = (map.pushForward(v), map.pullBack(u))
    let scale = Self.dot(jv, jv).squareRoot()
    #expect(abs(Self.dot(u, jv) - Self.dot(ju, v)) < 2e-6 * max(1, scale))
    // Central differences with a step large enough for float32, and one half as large to take away
    // what the curvature puts in.
    func difference(_ step: Float) throws -> [Double] {
      func moved(_ by: Float) throws -> Matrix {
        var state = state
        for row in 0..<rows {
          for column in 0..<width { state.rows[row, column] += by * v[row, column] }
        }
        return try model.step(state, in: context, call).rows
      }
      return zip(try moved(step).values, try moved(-step).values).map {
        (Double($0) - Double($1)) / Double(2 * step)
      }
    }
    let (coarse, fine) = (try difference(0.2), try difference(0.1))
    let better = zip(coarse, fine).map { (4 * $1 - $0) / 3 }
    let error = zip(better, jv.values).map { abs($0 - Double($1)) }.max() ?? 1
    #expect(error < 2e-3 * max(0.05, scale), "\(error) of \(scale)")

    let both = map.pushForward(Matrix(rows: 2 * rows, columns: width, values: u.values + v.values))
    #expect(both.rows(rows..<2 * rows) == jv && both.rows(0..<rows) == map.pushForward(u))
    let within = map.pushForward(v, withinTokens: true)
    for token in 0..<rows {
      var alone = Matrix(rows: rows, columns: width)
      for column in 0..<width { alone[token, column] = v[token, column] }
      let pushed = map.pushForward(alone)
      #expect(zip(pushed.row(token), within.row(token)).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect((0..<token).allSatisfy { pushed.row($0).allSatisfy { $0 == 0 } }, "causal")
    }
  }

  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels + [""])
  func productsAreThoseOfTheStep(name: String) throws {
    let model = try Self.model(name)
    let start = model.facts.hasFixedStart ? Start.embedded : .seed(3)
    let context = try model.begin([3, 17, 42, 8, 5])
    var state = try model.initialState(start, in: context)
    for _ in 0..<2 { state = try model.step(state, in: context, .plain) }
    try expectDerivative(model, state, context)
    // A token after a text looks at keys that stand still.
    let prompt = try model.begin([3, 17, 42], after: try model.memory())
    var before = try model.initialState(start, in: prompt)
    for _ in 0..<3 { before = try model.step(before, in: prompt, .plain) }
    let memory = try model.decode(before, in: prompt, .plain).memory
    let next = try model.begin([8, 5], after: memory)
    try expectDerivative(model, try model.initialState(start, in: next), next)
  }

  @Test(arguments: [RandomRetrofit.Shape.olmo, .olmoGrouped, .llamaOdd])
  func otherBlocksHaveTheirsToo(shape: RandomRetrofit.Shape) throws {
    let random = try RandomRetrofit(shape, seed: 5)
    let model = try RecurrentDepthModel(try Checkpoint.open(random.folder.path), team: .single)
    let context = try model.begin([3, 17, 42, 8])
    let state = try model.initialState(.seed(3), in: context)
    try expectDerivative(model, try model.step(state, in: context, .plain), context)
  }

  /// What is replaced depends on nothing; what is multiplied, by so much.
  @Test func editsAreGoneThrough() throws {
    let model = try Self.model("raven-tiny-a")
    let context = try model.begin([3, 17, 42])
    let state = try model.initialState(.seed(3), in: context)
    let width = model.facts.width
    let hooks = Hooks([
      .rewriting([Site(.core, 1, .attention)]) { _ in
        SiteEdit(rows: [(1, .replace([Float](repeating: 0.3, count: width)))])
      },
      .rewriting([Site(.core, 2, .feedForward)]) { _ in
        SiteEdit(rows: [
          (2, .multiply([Float](repeating: 0.5, count: width))),
          (0, .add([Float](repeating: 1, count: width))),
        ])
      },
    ])
    try expectDerivative(model, state, context, Call(hooks: hooks))
  }

  @Test func whatHasNoDerivativeSaysSo() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("raven-tiny-a"))
    let rounded = try ModelPlan(checkpoint).open(
      WeightPacking(precision: .int8, team: .single))
    let context = try rounded.begin([1, 2])
    let state = try rounded.initialState(.zero, in: context)
    #expect(throws: NoLinearization.rounded(.int8)) {
      try rounded.linearize(state, in: context, .plain)
    }
    let model = try Self.model("raven-tiny-a")
    let site = Site(.core, 1, .attentionWeights)
    let hooks = Hooks([.rewriting([site]) { _ in nil }])
    #expect(throws: NoLinearization.rewrittenAttention(site)) {
      try model.linearize(
        try model.initialState(.zero, in: try model.begin([1, 2])), in: try model.begin([1, 2]),
        Call(hooks: hooks))
    }
    let stopped = Call(control: StepControl(isCancelled: { true }))
    #expect(throws: CancellationRequested.self) {
      try model.linearize(
        try model.initialState(.zero, in: try model.begin([1, 2])), in: try model.begin([1, 2]),
        stopped)
    }
  }
}
