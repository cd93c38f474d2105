import Glibc

/// How much memory this process may still take.
public enum MemoryBudget {
  /// Bytes available: the least of what the system has free, what the control group leaves, and
  /// what a limit on the address space leaves. nil when the system does not say.
  public static func available() -> Int? {
    [systemAvailable(), controlGroupRoom(), addressSpaceRoom()].compactMap { $0 }.min()
  }

  /// `MemAvailable` of /proc/meminfo.
  static func systemAvailable() -> Int? {
    for line in lines(of: "/proc/meminfo") where line.hasPrefix("MemAvailable:") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }

  /// `memory.max` less what is in use; page cache counts as free, because it is given up first.
  static func controlGroupRoom(root: String = "/sys/fs/cgroup") -> Int? {
    guard let limit = lines(of: "\(root)/memory.max").first.flatMap({ Int($0) }),
      let used = lines(of: "\(root)/memory.current").first.flatMap({ Int($0) })
    else { return nil }
    let cache = lines(of: "\(root)/memory.stat")
      .first { $0.hasPrefix("file ") }?.split(separator: " ").last.flatMap { Int($0) }
    return max(0, limit - used + (cache ?? 0))
  }

  /// RLIMIT_AS less the address space in use.
  static func addressSpaceRoom() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max)
    else { return nil }
    let pages = lines(of: "/proc/self/statm").first?.split(separator: " ").first
    let used = pages.flatMap { Int($0) }.map { $0 * Int(getpagesize()) } ?? 0
    return max(0, Int(limit.rlim_cur) - used)
  }

  private static func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      text += buffer[..<count]
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }
}
