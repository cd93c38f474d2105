import Checkpoints
import Foundation

/// Reads the lines of a file or of standard input as bytes, as they arrive.
struct ByteLines {
  /// Bytes of the longest line there may be: `/dev/zero` is a line without end.
  static let longestLine = 64 << 20

  private let path: String
  /// Bytes a line may have.
  var limit: Int
  private var number = 0
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  /// Whether the last line ended with a line break, and not with the file.
  private(set) var lastHadBreak = true

  /// Opens a path; `-` is standard input.
  /// - Parameter limit: bytes a line may have.
  /// - Throws: `CheckpointError` with the system's reason, and for a pipe nobody writes to.
  init(_ path: String, limit: Int = longestLine) throws(CheckpointError) {
    self.path = path
    self.limit = limit
    if path == "-" {
      handle = .standardInput
      return
    }
    // Else opening a pipe would wait for whoever writes to it, for ever if nobody does.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CheckpointError(
        .inaccessible, file: path,
        "The file cannot be opened: \(String(cString: strerror(errno))).")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try becomeWaiting(descriptor)
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

  private static func size(_ bytes: Int) -> String {
    bytes < 1 << 20 ? "\(bytes) bytes" : "\(bytes >> 20) MiB"
  }

  /// How a path is called in messages.
  static func name(of path: String) -> String { path == "-" ? "standard input" : path }

  private var name: String { Self.name(of: path) }

  /// From now on reading waits for what comes; nothing comes from a pipe without a writer.
  private mutating func becomeWaiting(_ descriptor: Int32) throws(CheckpointError) {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // Whoever writes may be just about to open it.
      if poll(&ready, 1, Self.patience) == 0 {
        var byte: UInt8 = 0
        let count = read(descriptor, &byte, 1)
        if count == 1 { buffer.append(byte) }
        if count == 0 {
          throw CheckpointError(
            .inaccessible, file: path, "This is a pipe, and nobody writes to it.",
            advice: "Give a file, or - and the text on standard input.")
        }
      }
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
  }

  /// Milliseconds.
  private static let patience: Int32 = 1000

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
        lastHadBreak = false
        return Array(buffer[start...])
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      guard buffer.count <= limit else {
        throw CheckpointError(
          .unsupported, file: name,
          "Line \(number) is longer than \(Self.size(limit)), which is as much as is read of a line."
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
