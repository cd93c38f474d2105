import Foundation

/// Where the path of an output leads: links are followed, as the system follows them when it opens
/// a file.
enum OutputPlace {
  /// A descriptor the program was started with: `-`, `/dev/stdout`, `/dev/fd/3`.
  case descriptor(Int32)
  /// A pipe or a device, which is written to as the bytes come.
  case stream(path: String)
  /// A regular file, or one that is not there yet.
  case file(path: String, old: stat?)

  /// - Throws: `OutputError` for an empty path, a folder, and what the system does not let through.
  init(_ path: String) throws(OutputError) {
    if path.isEmpty {
      throw OutputError(path: "An empty text", problem: "is no path to write to")
    }
    if path == "-" {
      self = .descriptor(STDOUT_FILENO)
      return
    }
    var current = path
    for _ in 0..<40 {
      if let number = Self.descriptor(current) {
        guard fcntl(number, F_GETFD) >= 0 else { throw .system(path) }
        self = .descriptor(number)
        return
      }
      var status = stat()
      guard lstat(current, &status) == 0 else {
        guard errno == ENOENT, !current.hasSuffix("/") else { throw .system(path) }
        self = .file(path: current, old: nil)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK: current = try Self.target(of: current, asked: path)
      case S_IFREG:
        self = .file(path: current, old: status)
        return
      case S_IFDIR: throw OutputError(path: path, problem: "is a folder, not a file")
      default:
        self = .stream(path: current)
        return
      }
    }
    throw .system(path, code: ELOOP)
  }

  /// What two outputs must not have in common; nil for what any number may write to.
  var identity: String? {
    switch self {
    case .descriptor(let number): return "descriptor \(number)"
    case .stream: return nil
    case .file(let path, _):
      let (folder, name) = Self.split(path)
      var status = stat()
      guard stat(folder, &status) == 0 else { return path }
      return "\(status.st_dev) \(status.st_ino) \(name)"
    }
  }

  /// The folder a file lies in, and its name there.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  /// The number in the name of an open descriptor. Such a name is a link to a file, but the file's
  /// own name must not be written to: a shell may have opened it to append.
  private static func descriptor(_ path: String) -> Int32? {
    for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
    where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }

  private static func target(of link: String, asked path: String) throws(OutputError) -> String {
    let target: String
    do {
      target = try FileManager.default.destinationOfSymbolicLink(atPath: link)
    } catch {
      throw .system(path)
    }
    if target.hasPrefix("/") { return target }
    let folder = split(link).folder
    return folder == "/" ? "/" + target : "\(folder)/\(target)"
  }
}
