import Checkpoints
import Foundation
import TestSupport

extension ModelCopy {
  /// Multiplies one float32 element of `model.safetensors`.
  func scale(_ tensor: String, element: Int, by factor: Float) throws {
    try rewrite(tensor, element: element) { $0 * factor }
  }

  /// Replaces one float32 element of `model.safetensors`.
  func rewrite(_ tensor: String, element: Int, _ change: (Float) -> Float) throws {
    let file = "\(path)/model.safetensors"
    guard let stored = try SafetensorsFile.open(file).tensors[tensor] else {
      throw CocoaError(.fileNoSuchFile)
    }
    let value = change(stored.floats()[element])
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    let start = stored.offset + element * 4
    withUnsafeBytes(of: value) { data.replaceSubrange(start..<start + 4, with: $0) }
    try data.write(to: URL(fileURLWithPath: file))
  }

  /// Gives one float32 tensor of `model.safetensors` the elements of another of its shape.
  func copyElements(of source: String, to target: String) throws {
    let file = "\(path)/model.safetensors"
    let tensors = try SafetensorsFile.open(file).tensors
    guard let from = tensors[source], let to = tensors[target], from.shape == to.shape else {
      throw CocoaError(.fileNoSuchFile)
    }
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    from.floats().withUnsafeBytes {
      data.replaceSubrange(to.offset..<to.offset + $0.count, with: $0)
    }
    try data.write(to: URL(fileURLWithPath: file))
  }
}
