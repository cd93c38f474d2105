import Foundation
import LatentModels
import Tensors

/// The error of a precision on the matrices of the first layer of a model's loop, each against the exact
/// product on random activations.
struct MeasuredError {
  /// For people: `int8: relative error of the products 0.52 % …`.
  let text: String
  /// The largest of these errors.
  let worst: Double

  init(_ plan: ModelPlan, _ precision: Precision, team: ThreadTeam) throws {
    // As the families name it, also with what is published before the name.
    let layers = ["core_block.0.", "layers.0.", "h.0."]
    let names = plan.tensors.keys.sorted()
    let prefix = layers.lazy.compactMap { layer in
      names.lazy.compactMap { name in
        name.range(of: layer).map { String(name[..<$0.upperBound]) }
      }.first
    }.first
    let matrices = plan.tensors.values
      .filter { $0.name.hasPrefix(prefix ?? " ") && $0.shape.count == 2 }
      .sorted { $0.name < $1.name }
    let errors = try matrices.map { tensor in
      let error = try PrecisionError.measure(tensor, precision: precision, team: team)
      let name = tensor.name.dropFirst(prefix?.count ?? 0)
      return (name, error.relative)
    }
    worst = errors.map(\.1).max() ?? 0
    let list = errors.map { "\($0.0) \(Self.percent($0.1))" }.joined(separator: ", ")
    text =
      "\(precision.rawValue): relative L2 error of products in the first layer of the loop: \(list)"
  }

  private static func percent(_ value: Double) -> String {
    String(format: "%.3f %%", value * 100)
  }
}
