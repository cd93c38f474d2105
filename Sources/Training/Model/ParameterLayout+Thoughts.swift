import LatentModels
import Tensors

extension ParameterLayout {
  /// The trained tensors of a continuous-thought model that feeds its hidden vector back as it is, under
  /// the names of checkpoints. Matrices are [outputs, inputs], whatever files have.
  public init(_ configuration: ContinuousThoughtConfiguration) {
    let names = ThoughtTensorNames(configuration)
    self.init(
      names.expected.map { tensor in
        let (name, shape) = (tensor.name, tensor.shapes[0])
        let isReversed = names.isInputsFirst(name)
        return (
          name, isReversed ? shape.reversed() : shape,
          Self.role(of: name, shape: shape, names), isReversed
        )
      })
  }

  private static func role(of name: String, shape: [Int], _ names: ThoughtTensorNames) -> Role {
    if name == names.embedding || name == names.positions { return .embedding }
    if shape.count == 1 { return name.hasSuffix("bias") ? .bias : .gain }
    return .matrix(parts: name.hasSuffix("attn.c_attn.weight") ? 3 : 1)
  }

  /// The weights of a checkpoint in the order of this layout.
  /// - Returns: nil where a tensor is not there or has another size.
  public func weights(of tensors: [String: StoredTensor]) -> [Float]? {
    var weights: [Float] = []
    weights.reserveCapacity(count)
    for entry in entries {
      guard let tensor = tensors[entry.name], tensor.count == entry.count else { return nil }
      weights += (entry.isInputsFirstInFiles ? tensor.transposed() : tensor).floats()
    }
    return weights
  }
}
