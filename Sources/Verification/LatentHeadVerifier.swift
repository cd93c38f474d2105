import Checkpoints
import LatentModels
import Tensors

/// Compares a latent head alone, as CoLaR has one, with what a reference says it gives: the head's
/// own weights are in the reference, so that no model is needed.
public struct LatentHeadVerifier {
  private let directory: String
  private let json: JSONValue

  /// Whether a document is of this kind.
  public static func recognises(_ json: JSONValue) -> Bool {
    json["latent_embedding_std"] != nil && json["n_latents"] == nil
  }

  /// - Parameter directory: with `golden.json` and `golden.safetensors`.
  /// - Throws: what reading the document throws.
  public init(directory: String) throws {
    self.directory = directory
    json = try JSONValue(readingFile: directory + "/golden.json")
  }

  /// Runs the head on every row of `input`; compares with `output`, before the deviation is
  /// multiplied in, and with `embedding`, after.
  /// - Throws: `ReferenceError` for a tensor that is not there, and as `ModelPlan.open`.
  public func run(team: ThreadTeam) throws -> ErrorLedger {
    let file = try SafetensorsFile.open(directory + "/golden.safetensors")
    func tensor(_ name: String) throws -> StoredTensor {
      guard let tensor = file.tensors[name], tensor.shape.count == 2 else {
        throw ReferenceError(
          path: directory + "/golden.safetensors", problem: "has no matrix \(name)")
      }
      return tensor
    }
    let input = try tensor("input")
    let rows = Matrix(rows: input.rows, columns: input.rowLength, values: input.floats())
    guard try tensor("lt_head.fc.0.weight").rowLength == rows.columns else {
      throw ReferenceError(
        path: directory + "/golden.safetensors",
        problem: "has an input of \(rows.columns) columns that its head does not read")
    }
    var ledger = ErrorLedger()
    for (name, deviation) in [
      ("output", 1), ("embedding", json["latent_embedding_std"]?.number ?? .nan),
    ] {
      guard let expected = file.tensors[name] else { continue }
      let head = try ThoughtFeedback(
        latentHead: file.tensors, deviation: Float(deviation), team: team)
      // Of what is computed here, ten times what float32 cost the reference.
      let cost = json["fp32_vs_float64_max_abs_dev"]?.number ?? 1e-6
      let allowed = Float(max(1e-5, 10 * cost)) * Float(deviation)
      ledger.compare(
        "latent-head.\(name)", iteration: nil, head.thoughts(from: rows, team: team).values,
        with: expected.floats(), place: name
      ) { _ in allowed }
    }
    return ledger
  }
}
