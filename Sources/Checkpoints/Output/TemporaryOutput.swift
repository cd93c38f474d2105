import Foundation

/// The file that takes the place of another when it is complete: without a name until then where
/// the file system can do that, so that a killed program leaves nothing; else under a name that
/// says whose it is.
final class TemporaryOutput {
  /// Open for reading and writing.
  let descriptor: Int32
  private let folder: String
  /// The name it has in the folder; nil while it has none.
  private var name: String?

  /// Creates it in a folder, and removes what killed programs left there.
  /// - Parameter isNameless: whether to try without a name.
  init(in folder: String, for path: String, isNameless: Bool = true) throws(OutputError) {
    self.folder = folder
    Self.removeLeftovers(in: folder)
    if isNameless, access("/proc/self/fd", X_OK) == 0 {
      let found = open(folder, O_RDWR | Self.withoutName | O_CLOEXEC, 0o666)
      if found >= 0 {
        descriptor = found
        flock(found, LOCK_EX | LOCK_NB)
        return
      }
    }
    while true {
      let name = Self.newName()
      let found = open(
        "\(folder)/\(name)", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if found < 0, errno == EEXIST { continue }
      guard found >= 0 else { throw .system(path) }
      // Another program that tidies up may have been quicker than the lock.
      flock(found, LOCK_EX | LOCK_NB)
      var status = stat()
      if fstat(found, &status) == 0, status.st_nlink == 0 {
        close(found)
        continue
      }
      (descriptor, self.name) = (found, name)
      return
    }
  }

  deinit {
    if let name { unlink("\(folder)/\(name)") }
    close(descriptor)
  }

  /// Gives it a name in its folder, in place of what has that name.
  func take(_ path: String, asked: String) throws(OutputError) {
    if name == nil {
      // Straight to the name where nothing has it.
      if link(to: path) { return }
      guard errno == EEXIST else { throw .system(asked, "cannot be completed") }
      let name = Self.newName()
      guard link(to: "\(folder)/\(name)") else { throw .system(asked, "cannot be completed") }
      self.name = name
    } else if fsync(descriptor) != 0 {
      // File systems over a network may have promised more room than there was.
      throw .system(asked)
    }
    guard let name else { return }
    if rename("\(folder)/\(name)", path) == 0 {
      self.name = nil
    } else if errno == EBUSY || errno == EXDEV {
      // A file that is mounted by itself keeps its place.
      try copy(to: path, asked: asked)
    } else {
      throw .system(asked, "cannot be completed")
    }
  }

  private func link(to path: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
  }

  private func copy(to path: String, asked: String) throws(OutputError) {
    let target = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard target >= 0 else { throw .system(asked) }
    defer { close(target) }
    var offset = off_t(0)
    while true {
      let count = sendfile(target, descriptor, &offset, 1 << 30)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(asked) }
      if count == 0 { return }
    }
  }

  // MARK: Names

  private static let withoutName = 0o20_000_000 | O_DIRECTORY

  private static func newName() -> String {
    ".muninn-\(getpid())-\(UInt32.random(in: .min ... .max)).partial"
  }

  /// Whether a file of this name is a half-written output of this program, or was one of a version
  /// before: `model.safetensors.123-456.partial`.
  static func isOwn(_ name: String) -> Bool {
    name.wholeMatch(of: /(\.muninn-|.+\.)[0-9]+-[0-9]+\.partial/) != nil
  }

  /// Removes half-written outputs that nobody holds open any more.
  private static func removeLeftovers(in folder: String) {
    // A folder that cannot be listed keeps them; writing says what is wrong with it.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(".muninn-") && isOwn(name) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      // Its writer holds the lock as long as it lives, on whatever machine.
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(descriptor)
    }
  }
}
