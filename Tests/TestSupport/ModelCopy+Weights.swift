import Checkpoints
import Foundation

extension ModelCopy {
  /// Multiplies one float32 element of `model.safetensors`.
  public func scale(_ tensor: String, element: Int, by factor: Float) throws {
    try rewrite(tensor, element: element) { $0 * factor }
  }

  /// Replaces one float32 element of `model.safetensors`.
  public func rewrite(_ tensor: String, element: Int, _ change: (Float) -> Float) throws {
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
  public func copyElements(of source: String, to target: String) throws {
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

  /// Makes states overflow from the first iteration on: gains of the core's last norm near the largest
  /// float32.
  public func diverge(core blocks: Int = 2) throws {
    let name = "transformer.core_block.\(blocks - 1).norm_4.weight"
    try transform(name) { _, _ in 3e38 }
  }

  /// Replaces every element of one float32 tensor of `model.safetensors`.
  /// - Parameter change: told the element's place and what it is.
  public func transform(_ tensor: String, _ change: (Int, Float) -> Float) throws {
    let file = "\(path)/model.safetensors"
    guard let stored = try SafetensorsFile.open(file).tensors[tensor] else {
      throw CocoaError(.fileNoSuchFile)
    }
    let values = stored.floats().enumerated().map { change($0.offset, $0.element) }
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    values.withUnsafeBytes {
      data.replaceSubrange(stored.offset..<stored.offset + $0.count, with: $0)
    }
    try data.write(to: URL(fileURLWithPath: file))
  }
}
