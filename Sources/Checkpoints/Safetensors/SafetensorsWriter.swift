import Foundation
import Tensors

/// Writes a safetensors file piece by piece, without holding it in memory.
///
/// The names, shapes and types are declared first, then the elements follow in that order, in as
/// many calls as is convenient. The file appears under its own name only when `finish` succeeds;
/// when the writer is dropped before that, nothing of it stays.
public final class SafetensorsWriter {
  /// One tensor to be written.
  public struct Entry: Sendable {
    /// The element types that can be written.
    public enum ElementType: String, Sendable {
      case float32 = "F32"
      case int32 = "I32"
      case bfloat16 = "BF16"

      var size: Int { self == .bfloat16 ? 2 : 4 }
    }

    /// The name in the header.
    public let name: String
    /// Sizes, outermost first.
    public let shape: [Int]
    /// How the elements are stored.
    public let type: ElementType

    /// Declares a tensor.
    public init(_ name: String, shape: [Int], type: ElementType = .float32) {
      self.name = name
      self.shape = shape
      self.type = type
    }

    var count: Int { shape.reduce(1, *) }
  }

  private let file: OutputFile
  private let entries: [Entry]
  private var current = 0
  private var written = 0

  /// Opens the file and writes the header.
  /// - Throws: `CheckpointError` when a name is empty, repeated or reserved, a size negative, or
  ///   the system refuses the file.
  public convenience init(
    path: String, entries: [Entry], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let file: OutputFile
    do throws(OutputError) { file = try OutputFile(path) } catch { throw Self.failure(error) }
    try self.init(file, entries: entries, metadata: metadata)
  }

  /// Writes the header to a file that was opened before.
  /// - Throws: as above.
  public init(
    _ file: OutputFile, entries: [Entry], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    self.file = file
    self.entries = entries
    try write(try Self.header(entries: entries, metadata: metadata, path: file.name))
  }

  /// Appends float32 elements to the tensor whose turn it is; several calls may fill one tensor.
  /// - Precondition: the tensor is declared F32 and has room for them.
  public func append(_ values: [Float]) throws(CheckpointError) {
    advance(by: values.count, type: .float32)
    try write(values)
  }

  /// Appends int32 elements to the tensor whose turn it is.
  /// - Precondition: the tensor is declared I32 and has room for them.
  public func append(integers values: [Int32]) throws(CheckpointError) {
    advance(by: values.count, type: .int32)
    try write(values)
  }

  /// Appends bfloat16 elements, given as their bits, to the tensor whose turn it is.
  /// - Precondition: the tensor is declared BF16 and has room for them.
  public func append(bfloat16 values: [UInt16]) throws(CheckpointError) {
    advance(by: values.count, type: .bfloat16)
    try write(values)
  }

  /// Completes the file and gives it its name, replacing a file of that name.
  /// - Parameter isDurable: whether to wait until the disk holds it, so that not even a power cut
  ///   leaves a file of that name with half its contents.
  /// - Precondition: every declared element was appended.
  public func finish(isDurable: Bool = false) throws(CheckpointError) {
    while current < entries.count, written == entries[current].count { next() }
    precondition(current == entries.count, "tensor '\(entries[current].name)' is incomplete")
    do throws(OutputError) {
      try file.finish(isDurable: isDurable)
    } catch {
      throw Self.failure(error)
    }
  }

  private func next() {
    current += 1
    written = 0
  }

  private func advance(by count: Int, type: Entry.ElementType) {
    guard count > 0 else { return }
    while current < entries.count, written == entries[current].count { next() }
    precondition(current < entries.count, "all declared tensors are written")
    precondition(entries[current].type == type, "'\(entries[current].name)' has another type")
    precondition(written + count <= entries[current].count, "too many elements")
    written += count
  }

  private static func failure(_ error: OutputError) -> CheckpointError {
    CheckpointError(
      .inaccessible, file: error.path, "The file \(error.problem).",
      advice: "Check that the folder exists, is writable and has room.")
  }

  // The format is little-endian, as are all machines Swift runs on today.
  private func write<Element: BitwiseCopyable>(_ values: [Element]) throws(CheckpointError) {
    do throws(OutputError) { try file.write(values) } catch { throw Self.failure(error) }
  }

  /// Length and header, padded with spaces so that the data begins at a multiple of 8.
  private static func header(
    entries: [Entry], metadata: [String: String], path: String
  ) throws(CheckpointError) -> [UInt8] {
    var members: [JSONMember] = []
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key < $1.key }
      members.append(
        JSONMember("__metadata__", .object(strings.map { JSONMember($0.key, .string($0.value)) })))
    }
    var names: Set<String> = ["", "__metadata__"]
    var offset = 0
    for entry in entries {
      guard names.insert(entry.name).inserted, entry.shape.allSatisfy({ $0 >= 0 }) else {
        throw CheckpointError(
          .mismatch, file: path,
          "A tensor '\(entry.name)' of shape \(entry.shape) cannot be written: names are unique"
            + " and sizes not negative.")
      }
      let end = offset + entry.count * entry.type.size
      members.append(
        JSONMember(
          entry.name,
          .object([
            JSONMember("dtype", .string(entry.type.rawValue)),
            JSONMember("shape", .array(entry.shape.map { .integer($0) })),
            JSONMember("data_offsets", .array([.integer(offset), .integer(end)])),
          ])))
      offset = end
    }
    var header = Array(JSONValue.object(members).serialized().utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    let length = UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + header
  }
}
