import CKernels

/// How weights lie in memory and how activations enter a product.
public enum Precision: String, Sendable, CaseIterable {
  /// Weights as stored, activations float32: the reference.
  case exact
  /// Weights bfloat16 (float32 and float16 are rounded), activations rounded to bfloat16.
  case fast
  /// Weights int8 with a step for 64 inputs of an output, activations int8 with a step for 128.
  case int8
  /// Weights int4 with a step fitted to 32 inputs of an output, activations as for int8.
  case int4

  /// The packed format of a weight of some encoding.
  func format(of type: ElementType) -> Int32 {
    switch self {
    case .exact: type == .bfloat16 ? MUNINN_BF16 : MUNINN_F32
    case .fast: MUNINN_BF16
    case .int8: MUNINN_INT8
    case .int4: MUNINN_INT4
    }
  }

  /// Bytes that a packed weight `[outputs, inputs]` takes.
  public func packedBytes(outputs: Int, inputs: Int, storedAs type: ElementType) -> Int {
    Int(muninn_packed_bytes(format(of: type), Int64(outputs), Int64(inputs)))
  }
}
