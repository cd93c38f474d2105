import Foundation

/// Writes lines to a file or to standard output, and says when that fails.
struct LineWriter: ~Copyable {
  private let handle: FileHandle
  private let name: String
  private var waiting = Data()

  /// Opens `path` for writing from its start; `-` is standard output.
  init(path: String) throws {
    if path == "-" {
      handle = .standardOutput
      name = "standard output"
      return
    }
    // Foundation's createFile would put a new file in the place of a pipe or a device.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw OutputError(
        path: path, problem: "cannot be written (\(String(cString: strerror(errno))))")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    name = path
  }

  mutating func write(_ line: String) throws {
    waiting.append(contentsOf: line.utf8)
    waiting.append(0x0A)
    if waiting.count >= 1 << 16 { try flush() }
  }

  mutating func flush() throws {
    do {
      try handle.write(contentsOf: waiting)
      waiting.removeAll(keepingCapacity: true)
    } catch {
      throw OutputError(path: name, problem: "cannot be written (\(error.localizedDescription))")
    }
  }
}

/// An output file that cannot be written.
struct OutputError: Error, CustomStringConvertible {
  let path: String
  let problem: String
  var description: String { "\(path) \(problem)." }
}
