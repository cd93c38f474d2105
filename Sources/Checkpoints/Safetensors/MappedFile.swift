import Foundation
import Tensors

/// Opens files as read-only memory.
///
/// The mapping is private and never written. Another program that shortens a mapped file can still
/// make a later read fail at the level of the system; nothing in user space prevents that.
public enum MappedFile {
  /// Maps a regular file.
  /// - Throws: `CheckpointError` naming the path and the system's reason; folders, pipes, devices
  ///   and empty files are refused.
  public static func open(_ path: String) throws(CheckpointError) -> ByteRegion {
    // Non-blocking, or opening a pipe would wait for a writer.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw CheckpointError(
        code == ENOENT ? .missing : .inaccessible, file: path,
        "The file cannot be opened: \(reason(code)).")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw CheckpointError(
        .inaccessible, file: path, "The file cannot be examined: \(reason(errno)).")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR:
      throw CheckpointError(.inaccessible, file: path, "This is a folder, not a file.")
    default:
      throw CheckpointError(
        .inaccessible, file: path, "This is a pipe, socket or device, not a regular file.")
    }
    let size = Int(status.st_size)
    guard size > 0 else {
      throw CheckpointError(
        .damaged, file: path, "The file is empty.", advice: "Download or save it again.")
    }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else {
      throw CheckpointError(
        .inaccessible, file: path, "The file cannot be mapped into memory: \(reason(errno)).")
    }
    let address = UInt(bitPattern: base)
    return ByteRegion(base: base, count: size, isMappedFile: true) {
      munmap(UnsafeMutableRawPointer(bitPattern: address), size)
    }
  }

  /// The bytes of a small file, for JSON documents.
  /// - Throws: as `open`, and when the file is larger than `limit` bytes.
  public static func read(
    _ path: String, limit: Int = 1 << 28
  ) throws(CheckpointError) -> [UInt8] {
    let region = try open(path)
    guard region.count <= limit else {
      throw CheckpointError(
        .damaged, file: path, "The file has \(region.count) bytes; at most \(limit) make sense.")
    }
    return region.bytes(in: 0..<region.count)
  }

  /// The system's words for an error number.
  static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
