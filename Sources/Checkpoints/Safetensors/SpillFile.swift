import Foundation
import Tensors

/// Numbers that wait on the disk until it is known how many they become: a file without a name, which
/// is gone with the process however that ends.
public final class SpillFile {
  private let descriptor: Int32
  private let path: String
  /// Numbers that wait.
  public private(set) var count = 0
  /// Bytes taken back from the front.
  private var taken = 0

  /// - Parameter path: the file that the numbers are for; they wait in its folder, or where temporary
  ///   files are kept when that takes none.
  public init(for path: String) throws(CheckpointError) {
    self.path = path
    let folder = (path as NSString).deletingLastPathComponent
    for place in [folder.isEmpty ? "." : folder, NSTemporaryDirectory()] {
      let nameless = open(place, O_RDWR | Self.withoutName | O_CLOEXEC, 0o600)
      if nameless >= 0 {
        descriptor = nameless
        return
      }
      let name = "\(place)/.muninn-\(getpid())-\(UInt32.random(in: .min ... .max)).partial"
      let named = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if named >= 0 {
        unlink(name)
        descriptor = named
        return
      }
    }
    throw CheckpointError(
      .inaccessible, file: path,
      "There is no place to keep numbers until the file is written: \(MappedFile.reason(errno)).",
      advice: "Check that the folder is writable.")
  }

  deinit { close(descriptor) }

  private static let withoutName = 0o20_000_000 | O_DIRECTORY

  /// Adds numbers at the end.
  public func append(_ values: [Float]) throws(CheckpointError) {
    var code: Int32 = 0
    values.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = pwrite(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count,
          off_t(taken + 4 * count + bytes.count - rest.count))
        if written < 0, errno == EINTR { continue }
        guard written > 0 else {
          code = errno
          return
        }
        rest = rest.dropFirst(written)
      }
    }
    guard code == 0 else { throw failure("written", code) }
    count += values.count
  }

  /// The first numbers that wait. Their room is given back with the file.
  /// - Precondition: there are as many.
  public func take(_ wanted: Int) throws(CheckpointError) -> [Float] {
    precondition(wanted >= 0 && wanted <= count, "\(wanted) of \(count) numbers")
    var code: Int32 = 0
    let values = [Float](unsafeUninitializedCapacity: wanted) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      var done = 0
      while done < 4 * wanted {
        let found = pread(
          descriptor, bytes.baseAddress?.advanced(by: done), 4 * wanted - done,
          off_t(taken + done))
        if found < 0, errno == EINTR { continue }
        guard found > 0 else {
          code = found == 0 ? EIO : errno
          break
        }
        done += found
      }
      initialized = done / 4
    }
    guard code == 0 else { throw failure("read back", code) }
    taken += 4 * wanted
    count -= wanted
    return values
  }

  private func failure(_ what: String, _ code: Int32) -> CheckpointError {
    CheckpointError(
      .inaccessible, file: path,
      "Numbers that wait for the file cannot be \(what): \(MappedFile.reason(code)).",
      advice: "Check that the folder has room.")
  }
}
