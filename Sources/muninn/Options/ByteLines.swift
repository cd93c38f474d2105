import Checkpoints
import Foundation

/// Reads the lines of a file or of standard input as bytes, as they arrive.
struct ByteLines {
  /// Bytes of the longest line there may be: `/dev/zero` is a line without end.
  static let longestLine = 64 << 20

  private let path: String
  private let limit: Int
  private var number = 0
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  /// Opens a path; `-` is standard input.
  /// - Parameter limit: bytes a line may have.
  /// - Throws: `CheckpointError` with the system's reason.
  init(_ path: String, limit: Int = longestLine) throws(CheckpointError) {
    self.path = path
    self.limit = limit
    if path == "-" {
      handle = .standardInput
      return
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CheckpointError(
        .inaccessible, file: path,
        "The file cannot be opened: \(String(cString: strerror(errno))).")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// All bytes of a file or of standard input, line breaks included.
  /// - Throws: also when there are more than `limit`.
  static func everything(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
    var source = try ByteLines(path)
    while !source.isAtEnd {
      try source.fill()
      guard source.buffer.count <= limit else {
        throw CheckpointError(
          .unsupported, file: source.name,
          "There are more than \(limit >> 20) MiB, which is as much as is read.")
      }
    }
    return source.buffer
  }

  private var name: String { path == "-" ? "standard input" : path }

  /// The next line without its line break; nil at the end.
  mutating func next() throws(CheckpointError) -> [UInt8]? {
    number += 1
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return Array(buffer[start..<end])
      }
      if isAtEnd {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      guard buffer.count <= limit else {
        throw CheckpointError(
          .unsupported, file: name,
          "Line \(number) is longer than \(limit >> 20) MiB, which is as much as is read of a line."
        )
      }
      try fill()
    }
  }

  private mutating func fill() throws(CheckpointError) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(handle.fileDescriptor, &chunk, chunk.count)
    guard count >= 0 else {
      if errno == EINTR { return }
      throw CheckpointError(
        .inaccessible, file: name, "Reading failed: \(String(cString: strerror(errno))).")
    }
    isAtEnd = count == 0
    buffer += chunk.prefix(count)
  }
}
