import Checkpoints
import Foundation

/// Reads the lines of a file or of standard input as bytes, as they arrive.
struct ByteLines {
  private let path: String
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  /// Opens a path; `-` is standard input.
  /// - Throws: `CheckpointError` with the system's reason.
  init(_ path: String) throws(CheckpointError) {
    self.path = path
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

  /// The next line without its line break; nil at the end.
  mutating func next() throws(CheckpointError) -> [UInt8]? {
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
      try fill()
    }
  }

  private mutating func fill() throws(CheckpointError) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(handle.fileDescriptor, &chunk, chunk.count)
    guard count >= 0 else {
      if errno == EINTR { return }
      throw CheckpointError(
        .inaccessible, file: path, "Reading failed: \(String(cString: strerror(errno))).")
    }
    isAtEnd = count == 0
    buffer += chunk.prefix(count)
  }
}
