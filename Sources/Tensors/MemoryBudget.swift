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

  /// The least that any control group over this process leaves, in either version of the system.
  /// - Parameters:
  ///   - membership: lines `number:controllers:path` as in /proc/self/cgroup.
  ///   - root: where control groups are mounted.
  static func controlGroupRoom(
    membership: String = "/proc/self/cgroup", root: String = "/sys/fs/cgroup"
  ) -> Int? {
    var rooms: [Int] = []
    for line in lines(of: membership) {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      if controllers.isEmpty {
        // Version 2, which some systems mount beside version 1.
        for mount in [root, "\(root)/unified"] {
          rooms += folders(parts[2], in: mount).compactMap {
            room($0, limit: "memory.max", used: "memory.current", cache: ["file"])
          }
        }
      } else if controllers.contains("memory") {
        rooms += folders(parts[2], in: "\(root)/memory").compactMap {
          room(
            $0, limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes",
            cache: ["total_inactive_file", "total_active_file"])
        }
      }
    }
    return rooms.min()
  }

  /// The folder of a group and of those it lies in. Inside a container the path may be that of the
  /// host and not be there; then the mount itself is the group.
  private static func folders(_ path: Substring, in mount: String) -> [String] {
    var folders = [mount]
    for part in path.split(separator: "/") { folders.append("\(folders.last ?? mount)/\(part)") }
    return folders
  }

  /// A limit less what is in use; page cache counts as free, because it is given up first.
  private static func room(_ folder: String, limit: String, used: String, cache: [String]) -> Int? {
    func number(_ name: String) -> Int? { lines(of: "\(folder)/\(name)").first.flatMap { Int($0) } }
    // Version 1 says "no limit" with a number near the largest.
    guard let most = number(limit), most < 1 << 60, let inUse = number(used) else { return nil }
    var free = most - inUse
    for line in lines(of: "\(folder)/memory.stat") {
      let words = line.split(separator: " ")
      if words.count == 2, cache.contains(String(words[0])) { free += Int(words[1]) ?? 0 }
    }
    return max(0, free)
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
