import Checkpoints
import LatentModels
import Tensors

/// A linear probe a step as a judge: rₜ = wₜ·sₜ + bₜ. It reads no prompt, and of every step that alone.
///
/// In a folder: config.json of model_type "latent-reward-probe" with `n_embd` and `steps`, and the tensors
/// `probe.weight` [steps, width] and `probe.bias` [steps].
public struct StepProbe: StepJudge {
  public static let modelType = "latent-reward-probe"
  public static let widthKey = "n_embd"
  public static let stepsKey = "steps"

  public let name: String
  public let steps: Int
  public let width: Int
  private let weights: [Float]  // [steps, width]
  private let biases: [Float]  // [steps]

  /// Reads a checkpoint.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  public init(_ checkpoint: Checkpoint) throws {
    func size(_ key: String) throws -> Int {
      guard let value = checkpoint.configuration[key]?.integer, (1...1 << 20).contains(value) else {
        throw ModelError.configuration(
          key: key, problem: "is no number from 1 to \(1 << 20)",
          file: checkpoint.configurationPath)
      }
      return value
    }
    name = checkpoint.name
    (steps, width) = (try size(Self.stepsKey), try size(Self.widthKey))
    let names = ["probe.weight", "probe.bias"]
    let taken = try checkpoint.take(
      [ExpectedTensor(names[0], [steps, width]), ExpectedTensor(names[1], [steps])],
      unexpected: { _ in .refuse })
    let values = names.map { taken.tensors[$0]?.floats() ?? [] }
    guard values.joined().allSatisfy(\.isFinite) else {
      throw CheckpointError(
        .damaged, file: checkpoint.source, "A weight of the probe is not finite.")
    }
    (weights, biases) = (values[0], values[1])
  }

  public var explanation: String { "a linear probe of every step" }

  public func check(_ facts: ModelFacts) throws(JudgeError) {
    guard width == facts.width else { throw .width(judge: width, model: facts.width) }
  }

  public func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays {
    Ways(probe: self)
  }

  private struct Ways: JudgedWays {
    let probe: StepProbe
    var step = 0

    func selecting(_ ways: [Int]) -> Ways { self }

    mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double] {
      try control.check()
      guard step < probe.steps else {
        throw JudgeError.steps(judge: probe.name, known: probe.steps)
      }
      precondition(steps.columns == probe.width, "rows of the probe's width")
      defer { step += 1 }
      let weights = probe.weights[step * probe.width..<(step + 1) * probe.width]
      return (0..<steps.rows).map { row in
        zip(weights, steps.row(row)).reduce(Double(probe.biases[step])) {
          $0 + Double($1.0) * Double($1.1)
        }
      }
    }
  }
}
