import Foundation

/// What is open by its number.
public enum Descriptor {
  /// Whether it is a regular file, not a pipe, a device or a folder.
  public static func isRegularFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Writes values as they lie in memory, to the last byte.
  /// - Parameter name: what it is called, in errors.
  public static func write<Element: BitwiseCopyable>(
    _ values: [Element], to descriptor: Int32, name: String
  ) throws(OutputError) {
    var failure: OutputError?
    values.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Foundation.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
          // Whoever shares the descriptor made it one that does not wait.
          var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&ready, 1, -1)
          continue
        }
        guard count > 0 else {
          failure = .system(name, code: count < 0 ? errno : EIO)
          return
        }
        rest = rest.dropFirst(count)
      }
    }
    if let failure { throw failure }
  }
}
