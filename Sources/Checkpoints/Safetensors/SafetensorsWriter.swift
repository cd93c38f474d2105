import Foundation
import Tensors

/// Writes a safetensors file piece by piece, without holding it in memory.
///
/// The names, shapes and types are declared first, then the elements follow in that order, in as
/// many calls as is convenient. The file appears under its own name only when `finish` succeeds;
/// before that it is a temporary neighbour, removed when the writer is dropped.
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

  private let path: String
  private let temporaryPath: String
  private let entries: [Entry]
  private var descriptor: Int32
  private var current = 0
  private var written = 0

  /// Creates the temporary file and writes the header.
  /// - Throws: `CheckpointError` when a name is empty, repeated or reserved, a size negative, or
  ///   the system refuses the file.
  public init(
    path: String, entries: [Entry], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    self.path = path
    self.entries = entries
    temporaryPath = "\(path).\(getpid())-\(UInt32.random(in: .min ... .max)).partial"
    descriptor = -1
    var status = stat()
    // What comes in the place of a file must not come in that of a folder, a pipe or a device.
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw CheckpointError(
        .inaccessible, file: path, "This is no regular file, so tensors cannot take its place.",
        advice: "Give the name of a file.")
    }
    let header = try Self.header(entries: entries, metadata: metadata, path: path)
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot be created") }
    try write(header)
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporaryPath)
    }
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
    let isSafe = !isDurable || fsync(descriptor) == 0
    let result = close(descriptor)
    descriptor = -1
    guard isSafe, result == 0, rename(temporaryPath, path) == 0 else {
      let error = failure("cannot be completed")
      unlink(temporaryPath)
      throw error
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

  private func failure(_ what: String) -> CheckpointError {
    CheckpointError(
      .inaccessible, file: path, "The file \(what): \(MappedFile.reason(errno)).",
      advice: "Check that the folder exists, is writable and has room.")
  }

  // The format is little-endian, as are all machines Swift runs on today.
  private func write<Element: BitwiseCopyable>(_ values: [Element]) throws(CheckpointError) {
    var error: CheckpointError?
    values.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          error = failure("cannot be written")
          return
        }
        rest = rest.dropFirst(count)
      }
    }
    if let error { throw error }
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
