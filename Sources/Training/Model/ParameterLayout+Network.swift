import LatentModels

extension ParameterLayout {
  /// The trained tensors of a recurrent-depth model, under the names and in the shapes of checkpoints.
  public init(_ configuration: RecurrentDepthConfiguration) {
    var offset = 0
    var entries: [Entry] = []
    for tensor in TensorNames.expected(configuration) {
      let entry = Entry(
        name: tensor.name, shape: tensor.shapes[0], offset: offset,
        role: Self.role(of: tensor.name, shape: tensor.shapes[0], configuration.attention))
      offset += entry.count
      entries.append(entry)
    }
    self.init(entries: entries)
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
