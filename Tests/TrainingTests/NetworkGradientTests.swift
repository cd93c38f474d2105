import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// The whole network: loss and gradient against a float64 run of the same program, and the loss
/// against the model that inference runs.
@Suite struct NetworkGradientTests {
  private static let rows = 3
  private static let length = 6

  private static func batch(vocabulary: Int, rows: Int = rows, length: Int = length)
    -> TrainingBatch
  {
    var numbers = Numbers(seed: 31)
    let places = rows * length
    func ids() -> [Int32] {
      numbers.floats(places).map { Int32(($0 + 1) / 2 * Float(vocabulary)) }
    }
    let (tokens, targets) = (ids(), ids())
    return TrainingBatch(
      rows: rows, length: length, tokens: tokens, targets: targets,
      weights: numbers.floats(places).map { $0 < -0.7 ? 0 : ($0 + 1) / 2 })
  }

  /// The loss in float64, early iterations frozen at the unperturbed weights.
  private struct Twin {
    let configuration: RecurrentDepthConfiguration
    let network: RecurrentDepthNetwork<DoubleMathematics>
    let table: ParameterVector
    let batch: TrainingBatch
    let recurrence: RecurrenceDraw
    let start: [Float]

    init(
      _ configuration: RecurrentDepthConfiguration, batch: TrainingBatch,
      recurrence: RecurrenceDraw, start: [Float]
    ) throws {
      self.configuration = configuration
      var source = ParameterSource<DoubleMathematics>(layout: ParameterLayout(configuration))
      network = try RecurrentDepthNetwork(configuration, from: &source)
      table = try source.vector(TensorNames.embedding)
      (self.batch, self.recurrence, self.start) = (batch, recurrence, start)
    }

    private func begin(_ parameters: [Double]) -> DoubleMathematics {
      let twin = DoubleMathematics(
        parameters: parameters, rows: batch.rows, length: batch.length,
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension))
      twin.embed(
        batch.tokens, table: table, width: configuration.width,
        scale: configuration.embeddingScale)
      network.prelude.apply(of: .prelude, using: twin)
      network.inject(using: twin)
      return twin
    }

    private func iterate(_ twin: DoubleMathematics, _ count: Int) {
      for _ in 0..<count {
        network.adapt(using: twin)
        network.core.apply(of: .core, using: twin)
        twin[.state] = twin[.stream]
      }
    }

    func loss(_ parameters: [Double], earlyBy early: [Double]) -> Double {
      let before = begin(early)
      before[.state] = .init(columns: configuration.width, values: start.map(Double.init))
      iterate(before, recurrence.iterations - recurrence.differentiated)
      let twin = begin(parameters)
      twin[.state] = before[.state]
      iterate(twin, recurrence.differentiated)
      network.normalizeBeforeCoda(using: twin)
      network.coda.apply(of: .coda, using: twin)
      network.normalize(using: twin)
      network.predict(using: twin)
      return twin.loss(targets: batch.targets, weights: batch.weights)
    }
  }

  @Test(arguments: [
    (true, true, false, 1), (false, false, true, 2), (true, false, false, 3),
  ])
  func gradientsAgreeWithDifferences(tied: Bool, bias: Bool, adapterBias: Bool, k: Int) throws {
    try Self.checkGradients(
      of: try tinyConfiguration(
        layers: (1, 1 + k % 2, 1), tied: tied, queryKeyBias: bias, adapterBias: adapterBias),
      differentiated: k)
  }

  /// Retrofitted models: other norms, half-split rotation, and keys that heads share.
  @Test(arguments: [(BlockFlavour.preNorm, true), (.postNorm, false)])
  func retrofitsAgreeWithDifferences(flavour: BlockFlavour, tied: Bool) throws {
    try Self.checkGradients(
      of: try tinyConfiguration(
        width: 8, heads: 4, layers: (1, 1, 1), tied: tied, flavour: flavour, keyValueHeads: 2),
      differentiated: 2)
  }

  private static func checkGradients(
    of configuration: RecurrentDepthConfiguration, differentiated k: Int
  ) throws {
    let batch = Self.batch(vocabulary: 7)
    let recurrence = RecurrenceDraw(iterations: 3, differentiated: k)
    var numbers = Numbers(seed: 2)
    let start = numbers.floats(Self.rows * Self.length * configuration.width)
    let engine = try RecurrentDepthGradients(
      configuration, numerics: .exact, shards: 2, rowsTogether: 1, team: ThreadTeam(count: 2))
    let parameters = someParameters(engine.layout, seed: 8)
    var gradient: [Float] = []
    let report = engine.gradients(
      of: parameters, batch: batch, recurrence: recurrence, start: .given(label: "random"),
      given: Matrix(
        rows: Self.rows * Self.length, columns: configuration.width, values: start),
      into: &gradient)
    let twin = try Twin(configuration, batch: batch, recurrence: recurrence, start: start)
    let doubles = parameters.map(Double.init)
    #expect(abs(report.loss - twin.loss(doubles, earlyBy: doubles)) < 1e-5)
    for entry in engine.layout.entries {
      // A few elements of each tensor, the first and the last among them.
      let step = max(1, (entry.count - 1) / 6)
      let places = stride(from: entry.offset, to: entry.offset + entry.count, by: step)
      let wanted = places.map { place in
        var (above, below) = (doubles, doubles)
        above[place] += 1e-4
        below[place] -= 1e-4
        return (twin.loss(above, earlyBy: doubles) - twin.loss(below, earlyBy: doubles)) / 2e-4
      }
      let found = places.map { gradient[$0] }
      #expect(relativeError(found, wanted) < 1e-3, "\(entry.name): \(found) not \(wanted)")
    }
  }

  /// Bits depend on shards and groups, never on threads or on what ran before.
  @Test(arguments: Numerics.allCases) func threadsChangeNothing(numerics: Numerics) throws {
    let configuration = try tinyConfiguration()
    let batch = Self.batch(vocabulary: 7)
    let recurrence = RecurrenceDraw(iterations: 4, differentiated: 2)
    var results: [[Float]] = []
    for threads in [1, 2, 3] {
      let engine = try RecurrentDepthGradients(
        configuration, numerics: numerics, shards: 3, rowsTogether: 2,
        team: ThreadTeam(count: threads))
      let parameters = someParameters(engine.layout, seed: 8)
      var gradient: [Float] = []
      for _ in 0..<2 {
        _ = engine.gradients(
          of: parameters, batch: batch, recurrence: recurrence, start: .placed(seed: 5),
          into: &gradient)
        results.append(gradient)
      }
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  /// Rounding the inputs of products moves the gradient a little and no more.
  @Test func fastNumericsStayClose() throws {
    let configuration = try tinyConfiguration(width: 32, heads: 2, feedForward: 48)
    let batch = Self.batch(vocabulary: 7)
    var gradients: [[Float]] = []
    var losses: [Double] = []
    for numerics in Numerics.allCases {
      let engine = try RecurrentDepthGradients(configuration, numerics: numerics)
      var gradient: [Float] = []
      let report = engine.gradients(
        of: someParameters(engine.layout, seed: 8), batch: batch,
        recurrence: RecurrenceDraw(iterations: 3, differentiated: 2), start: .placed(seed: 5),
        into: &gradient)
      gradients.append(gradient)
      losses.append(report.loss)
    }
    #expect(abs(losses[0] - losses[1]) < 0.02 * losses[0])
    let error = zip(gradients[0], gradients[1]).reduce(0.0) {
      $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
    }
    let size = gradients[0].reduce(0.0) { $0 + Double($1 * $1) }
    #expect((error / size).squareRoot() < 0.05)
    #expect(error > 0)
  }

  /// The embedded model: the loss that training sees is that of inference's logits from the same start,
  /// and so are predictions.
  @Test(arguments: [Start.zero, .placed(seed: 9)])
  func agreesWithInference(start: Start) throws {
    let checkpoint = try Checkpoint.embedded()
    let plan = try RecurrentDepthModel.plan(checkpoint)
    let model = try RecurrentDepthModel(checkpoint, team: .single)
    let engine = try RecurrentDepthGradients(plan.configuration, numerics: .exact)
    let parameters = engine.layout.entries.flatMap { checkpoint.tensors[$0.name]!.floats() }
    let prompts = ["\n3+4-2+9-5+1?", "\n@b ab bc ac?", "\n#1101011101?x"].map { Array($0.utf8) }
    let length = prompts.map(\.count).min()!
    let tokens = prompts.flatMap { $0.prefix(length).map(Int32.init) }
    let targets = tokens.dropFirst() + [48]
    let weights = tokens.indices.map { Float($0 % 3) / 2 }
    let batch = TrainingBatch(
      rows: 3, length: length, tokens: tokens, targets: Array(targets), weights: weights)
    let readouts = [1, 4, 8]
    let predictions = engine.predictions(
      of: parameters, tokens: tokens, rows: 3, length: length, readouts: readouts,
      start: start)
    for (index, iterations) in readouts.enumerated() {
      var sum = 0.0
      var stream = try StartStream(start, facts: model.facts)
      for (row, prompt) in prompts.enumerated() {
        let context = try model.begin(prompt.prefix(length).map(Int.init))
        let places = row * length..<(row + 1) * length
        var state = try model.initialState([try stream.next(places)], in: context)
        for _ in 0..<iterations {
          state = try model.step(state, in: context, .plain)
        }
        let logits = try model.readout(state, in: context, positions: 0..<length)
        for place in 0..<length {
          let row = row * length + place
          let logit = logits.row(place)
          let statistics = Operations.softmaxStatistics(logit)
          sum +=
            Double(weights[row])
            * (statistics.logSumExp - Double(logits[place, Int(batch.targets[row])]))
          let likeliest = Operations.topK(logit, count: 1)[0].id
          #expect(predictions[index][row] == Int32(likeliest))
        }
      }
      var gradient: [Float] = []
      let report = engine.gradients(
        of: parameters, batch: batch,
        recurrence: RecurrenceDraw(iterations: iterations, differentiated: 1),
        start: start, into: &gradient)
      let total = weights.reduce(0) { $0 + Double($1) }
      #expect(abs(report.loss - sum / total) < 1e-6 * max(1, sum / total))
    }
  }

  /// A retrofitted checkpoint: its weights as they are trained predict what the model that inference runs
  /// does, at every place.
  @Test func retrofitsAgreeWithInference() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("retrofit-llama-tiny"))
    let plan = try RecurrentDepthModel.plan(checkpoint)
    #expect(plan.configuration.flavour == .preNorm)
    let model = try RecurrentDepthModel(checkpoint, team: .single)
    let engine = try RecurrentDepthGradients(plan.configuration, numerics: .exact)
    let parameters = try #require(engine.layout.weights(of: checkpoint.tensors))
    let ids = Array(5..<17)
    let readouts = [1, 3]
    let found = engine.predictions(
      of: parameters, tokens: ids.map(Int32.init), rows: 1, length: ids.count,
      readouts: readouts, start: .zero)
    let context = try model.begin(ids)
    var state = try model.initialState(.zero, in: context)
    for iteration in 1...3 {
      state = try model.step(state, in: context, .plain)
      guard let index = readouts.firstIndex(of: iteration) else { continue }
      let logits = try model.readout(state, in: context, positions: 0..<ids.count)
      let wanted = (0..<ids.count).map { Operations.topK(logits.row($0), count: 1)[0].id }
      #expect(found[index].map(Int.init) == wanted, "after \(iteration)")
    }
  }
}
