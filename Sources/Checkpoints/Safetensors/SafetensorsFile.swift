import Tensors

/// A safetensors file: an 8-byte little-endian header length, a JSON header, the data.
///
/// Opening reads the header only and trusts nothing in it: every range is checked against the file,
/// the shape, the element type and its neighbours before a tensor is handed out.
public struct SafetensorsFile: Sendable {
  /// Headers larger than this are refused, as by the format's reference reader.
  public static let maximumHeader = 100_000_000

  /// Where it came from, for messages.
  public let path: String
  /// Bytes of the whole file.
  public let byteCount: Int
  /// The floating-point tensors, by name.
  public let tensors: [String: StoredTensor]
  /// What else it holds, and why that is skipped, by name.
  public let skipped: [String: SkippedTensor]
  /// The free-form strings of `__metadata__`.
  public let metadata: [String: String]
  /// Parts of the data that no tensor covers, as offsets in the file. The format forbids them, yet
  /// such files exist and read well: the caller may say so.
  public let gaps: [Range<Int>]

  /// Maps a file and checks its header.
  public static func open(_ path: String) throws(CheckpointError) -> SafetensorsFile {
    try SafetensorsFile(region: MappedFile.open(path, isWatched: true), path: path)
  }

  /// Checks the header of a file that is already in memory.
  /// - Throws: `CheckpointError` of kind `.damaged` that names the file, the tensor and the lie.
  public init(region: ByteRegion, path: String) throws(CheckpointError) {
    let reader = SafetensorsHeader(region: region, path: path)
    let entries = try reader.entries()
    var tensors: [String: StoredTensor] = [:]
    var skipped: [String: SkippedTensor] = [:]
    for entry in entries.tensors {
      if let type = ElementType(rawValue: entry.type.name) {
        tensors[entry.name] = StoredTensor(
          name: entry.name, shape: entry.shape, elementType: type, region: region,
          offset: entry.range.lowerBound)
      } else {
        skipped[entry.name] = SkippedTensor(
          name: entry.name, shape: entry.shape, type: entry.type.name,
          reason: entry.type.bits == nil
            ? "its element type \(entry.type.name) is not known here"
            : "its element type \(entry.type.name) is none of F32, BF16 and F16",
          region: region, range: entry.range)
      }
    }
    self.path = path
    self.byteCount = region.count
    self.tensors = tensors
    self.skipped = skipped
    self.metadata = entries.metadata
    self.gaps = entries.gaps
  }

  /// The integers of a tensor such as a list of token ids.
  /// - Throws: when there is no such tensor or its elements are no integers.
  public func integers(_ name: String) throws(CheckpointError) -> [Int] {
    if let values = skipped[name]?.integers() { return values }
    let type = skipped[name]?.type ?? tensors[name]?.elementType.rawValue
    throw CheckpointError(
      .mismatch, file: path,
      type.map { "Tensor '\(name)' holds \($0) elements, not integers." }
        ?? "There is no tensor '\(name)'.")
  }

  /// A floating-point tensor.
  /// - Throws: when there is no such tensor or its elements are of another kind.
  public func tensor(_ name: String) throws(CheckpointError) -> StoredTensor {
    if let tensor = tensors[name] { return tensor }
    throw CheckpointError(
      .mismatch, file: path,
      skipped[name].map { "Tensor '\(name)' cannot be used: \($0.reason)." }
        ?? "There is no tensor '\(name)'.")
  }
}
