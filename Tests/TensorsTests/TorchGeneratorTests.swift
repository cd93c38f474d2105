import Testing

@testable import Tensors

@Suite struct TorchGeneratorTests {
  static let seeds: [UInt64] = [0, 1, 42, 514_229]

  @Test(arguments: seeds) func firstDrawsAgreeWithTorch(seed: UInt64) throws {
    let golden = try GoldenFile("torch-random/golden.safetensors")
    func expected(_ name: String) throws -> [Float] { try golden.floats("seed\(seed).\(name)") }
    func fresh() -> TorchGenerator { TorchGenerator(seed: seed) }
    var generator = fresh()
    #expect(generator.uniform(20) == (try expected("rand")))
    generator = fresh()
    #expect(
      generator.integers(20, in: 0..<Int(Int32.max)).map(Float.init) == (try expected("randint32")))
    generator = fresh()
    #expect(
      generator.bernoulli(50, probability: 0.8).map { $0 ? 1 : 0 } == (try expected("bernoulli0.8"))
    )
    for count in [7, 16, 1000] {
      generator = fresh()
      let error = zip(generator.normal(count), try expected("randn\(count)")).map { abs($0 - $1) }
      #expect(error.count == count && error.allSatisfy { $0 < 1e-6 })
    }
  }

  @Test(arguments: seeds, TorchGenerator.TruncatedForm.allCases)
  func initialStatesAgreeWithTorch(seed: UInt64, form: TorchGenerator.TruncatedForm) throws {
    let golden = try GoldenFile("torch-random/golden.safetensors")
    for (tokens, width) in [(1, 48), (3, 70), (5, 64), (14, 64)] {
      for storage in TorchGenerator.Storage.allCases {
        let type = storage == .float32 ? "f32" : "bf16"
        let name = "seed\(seed).s0.\(form.rawValue).\(type).\(tokens)x\(width)"
        var generator = TorchGenerator(seed: seed)
        let state = generator.initialState(
          tokens: tokens, width: width,
          from: StateDistribution(
            deviation: (2 / (5 * Double(width))).squareRoot(), scale: Double(width).squareRoot()),
          form: SeedForm(truncation: form, type: storage))
        let expected = try golden.floats(name)
        let worst = zip(state.values, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= (storage == .float32 ? 1e-6 : 0), "\(name)")
      }
    }
  }

  @Test func shortDrawsKeepTheSecondOfAPair() {
    var (once, twice) = (TorchGenerator(seed: 9), TorchGenerator(seed: 9))
    #expect(once.normal(6) == twice.normal(3) + twice.normal(3))
  }
}
