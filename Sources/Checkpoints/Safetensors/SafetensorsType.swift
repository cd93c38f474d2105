/// An element type of the safetensors format.
public struct SafetensorsType: Sendable, Equatable {
  /// The name in the header, such as `F32`.
  public let name: String
  /// Bits per element; nil for a type that is not known here, as newer ones are.
  public let bits: Int?

  /// The types that are known, by the names the format's reference reader uses.
  public static let all: [SafetensorsType] = [
    ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8),
    ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
    ("I16", 16), ("U16", 16), ("F16", 16),
    ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64),
    ("U64", 64),
  ].map { SafetensorsType(name: $0.0, bits: $0.1) }

  /// The type of a name, of unknown size when it is not in the list.
  public static func named(_ name: String) -> SafetensorsType {
    all.first { $0.name == name } ?? SafetensorsType(name: name, bits: nil)
  }
}
