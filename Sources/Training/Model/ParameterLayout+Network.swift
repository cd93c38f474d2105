import LatentModels

extension ParameterLayout {
  /// The trained tensors of a recurrent-depth model, under the names and in the shapes of checkpoints.
  public init(_ configuration: RecurrentDepthConfiguration) {
    self.init(
      TensorNames.expected(configuration).map { tensor in
        let shape = tensor.shapes[0]
        return (
          tensor.name, shape, Self.role(of: tensor.name, shape: shape, configuration.attention),
          false
        )
      })
  }

  private static func role(of name: String, shape: [Int], _ attention: AttentionShape) -> Role {
    if name == TensorNames.embedding { return .embedding }
    if name.hasSuffix("bias") { return .bias }
    if shape.count == 1 { return .gain }
    if name.hasSuffix("Wqkv.weight") {
      return attention.group == 1
        ? .matrix(parts: 3)
        : .stack(rows: [attention.queryWidth, attention.keyWidth, attention.keyWidth])
    }
    if name.hasSuffix("mlp.fc.weight") { return .matrix(parts: 2) }
    return .matrix(parts: 1)
  }
}
