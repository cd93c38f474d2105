import Checkpoints
import Engine
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

/// What is measured of models whose states leave a norm, and of those that hold two vectors, against the
/// references.
@Suite struct VectorMeasureTests {
  private struct Measured {
    let trajectory: Trajectory
    let golden: SafetensorsFile

    init(_ name: String, prompt: String) throws {
      golden = try SafetensorsFile.open("\(Fixtures.path(name))/golden.safetensors")
      let ids = try golden.integers("\(prompt).ids")
      let model = try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(
        WeightPacking(team: .single))
      let recorder = try Recorder(model: model, ids: ids, start: .embedded, candidates: 1)
      let tokens = ids.map { Token(id: $0, text: "", isSpecial: false) }
      var trajectory = try recorder.begin(prompt: "", tokens: tokens, start: "")
      for _ in 0..<2 { trajectory.append(try recorder.advance()) }
      self.trajectory = trajectory
    }

    /// Norms of the rows of [R, T, d] at an iteration, from 1.
    func norms(_ name: String, _ iteration: Int) throws -> [Double] {
      let tensor = try #require(golden.tensors[name])
      let (tokens, width) = (tensor.shape[1], tensor.shape[2])
      let values = tensor.floats()
      return (0..<tokens).map { token in
        let start = ((iteration - 1) * tokens + token) * width
        return values[start..<start + width].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      }
    }

    func value(_ metric: Metric, _ iteration: Int, _ token: Int) -> Double? {
      metric.value(trajectory, iteration: iteration, token: token)
    }
  }

  @Test(arguments: ["nanbeige-tiny", "ouro-tiny", "hrm-text-tiny"])
  func lengthsAreThoseBeforeTheNorm(name: String) throws {
    let measured = try Measured(name, prompt: "p0")
    for iteration in 1...2 {
      let wanted = try measured.norms("p0.states_prenorm", iteration)
      for (token, length) in wanted.enumerated() {
        let found = try #require(measured.value(.lengthBeforeNorm, iteration, token))
        #expect(abs(found - length) < 1e-3 * length, "\(iteration) \(token)")
        let after = try #require(measured.value(.norm, iteration, token))
        #expect(abs(after - length) > 0.02 * length, "the norm changes it")
      }
    }
    #expect(measured.value(.lengthBeforeNorm, 0, 0) == nil)
    let has = MetricParts(of: measured.trajectory.steps[1])
    #expect(has.contains(.lengths) && has.contains(.second) == (name == "hrm-text-tiny"))
  }

  @Test func theFastStateIsMeasuredBesideTheSlowOne() throws {
    let measured = try Measured("hrm-text-tiny", prompt: "p0")
    let low = try #require(measured.golden.tensors["p0.z_L"])
    let (tokens, width) = (low.shape[1], low.shape[2])
    let values = low.floats().map(Double.init)
    // The passes of the fast clock: L L L H L L L H.
    let before = try measured.norms("p0.pass.states_prenorm", 7)
    for token in 0..<tokens {
      let first = values[token * width..<(token + 1) * width]
      let second = values[(tokens + token) * width..<(tokens + token + 1) * width]
      let moved = zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      let size = second.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(try #require(measured.value(.lowResidual, 2, token)) - moved) < 1e-4)
      #expect(abs(try #require(measured.value(.lowNorm, 2, token)) - size) < 1e-4)
      #expect(
        abs(try #require(measured.value(.lowRelativeResidual, 2, token)) - moved / size) < 1e-4)
      let length = try #require(measured.value(.lowLengthBeforeNorm, 2, token))
      #expect(abs(length - before[token]) < 1e-3 * length)
      #expect(measured.value(.lowResidual, 0, token) == nil)
    }
    #expect(measured.value(.lowNorm, 0, 0) != nil && measured.value(.lowCosine, 1, 0) != nil)
  }

  @Test func othersHaveNeither() throws {
    let model = try ModelPlan(try Checkpoint.open(Fixtures.path("parcae-tiny"))).open(
      WeightPacking(team: .single))
    let recorder = try Recorder(model: model, ids: [5, 6], start: .zero, candidates: 1)
    var trajectory = try recorder.begin(
      prompt: "", tokens: [5, 6].map { Token(id: $0, text: "", isSpecial: false) }, start: "")
    trajectory.append(try recorder.advance())
    #expect(trajectory.steps[1].lengths == nil && trajectory.steps[1].second == nil)
    #expect(MetricParts(of: trajectory.steps[1]) == [])
  }
}
