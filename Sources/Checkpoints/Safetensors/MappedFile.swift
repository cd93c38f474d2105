import Foundation
import Tensors

/// Opens files as read-only memory.
///
/// The mapping is private and never written. Another program can still change a mapped file: a read
/// past a new end is a fault (`MappedMemory` names the file), other changes are noticed by `FileWatch`.
public enum MappedFile {
  /// Maps a regular file.
  /// - Parameter isWatched: whether `FileWatch` is to notice changes while it is mapped.
  /// - Throws: `CheckpointError` naming the path and the system's reason; folders, pipes, devices
  ///   and empty files are refused.
  public static func open(
    _ path: String, isWatched: Bool = false
  ) throws(CheckpointError) -> ByteRegion {
    // Non-blocking, or opening a pipe would wait for a writer.
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT, let error = lostTarget(of: path) { throw error }
      throw CheckpointError(
        code == ENOENT ? .missing : .inaccessible, file: path,
        "The file cannot be opened: \(reason(code)).")
    }
    var watch: FileWatch.Ticket?
    defer { if watch == nil { close(descriptor) } }
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
    let note = MappedMemory.note(base, count: size, path: path)
    let ticket = isWatched ? FileWatch.begin(descriptor, status, path: path) : nil
    watch = ticket
    let region = ByteRegion(base: base, count: size, isMappedFile: true, path: path) {
      MappedMemory.forget(note)
      munmap(UnsafeMutableRawPointer(bitPattern: address), size)
      if let ticket { FileWatch.end(ticket) }
    }
    if let error = unfetched(region, path: path) { throw error }
    return region
  }

  /// The trouble with a link whose target is gone; nil when the path is no link.
  static func lostTarget(of path: String) -> CheckpointError? {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
      return nil
    }
    return CheckpointError(
      .incomplete, file: path,
      "This is a link to \(target), which is not there: the download is incomplete.",
      advice: "Download the file again.")
  }

  /// The trouble with what stands in the place of a file: a Git LFS pointer, or a link of the hub's
  /// cache that some tool copied as text.
  private static func unfetched(_ region: ByteRegion, path: String) -> CheckpointError? {
    guard region.count <= 1024 else { return nil }
    let text = String(decoding: region.bytes(in: 0..<region.count), as: UTF8.self)
    if text.hasPrefix("../../blobs/"), !text.contains("{") {
      return CheckpointError(
        .incomplete, file: path,
        "This is no file but the text of a link to one; the download was copied without following"
          + " its links.",
        advice: "Copy the whole folder of the model as it is, or download the file again.")
    }
    let lines = text.split(whereSeparator: \.isNewline)
    guard let version = lines.first, version.hasPrefix("version "),
      version.contains("git-lfs") || version.contains("hawser") || version.contains("git-media"),
      lines.contains(where: { $0.hasPrefix("oid ") })
    else { return nil }
    let size = lines.first { $0.hasPrefix("size ") }.flatMap { Int($0.dropFirst(5)) }
    return CheckpointError(
      .incomplete, file: path,
      "This is a Git LFS pointer; the contents"
        + (size.map { ", \($0) bytes," } ?? "") + " were not fetched.",
      advice: "Run 'git lfs pull' where it was cloned, or download the file.")
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
