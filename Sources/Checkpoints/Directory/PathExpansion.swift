import Foundation

/// Expands paths as Python's `os.path.expanduser` and then `expandvars` do.
struct PathExpansion {
  let environment: [String: String]

  /// The user's folder.
  var home: String { environment["HOME"] ?? NSHomeDirectory() }

  /// A `~` or `~user` at the beginning, then `$NAME` and `${NAME}` once; a name that is not set
  /// stays as it is written.
  func expand(_ path: String) -> String { variables(tilde(path)) }

  private func tilde(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    let user = path.dropFirst().prefix { $0 != "/" }
    let rest = path.dropFirst(1 + user.count)
    if user.isEmpty { return trimmed(home) + rest }
    guard let entry = getpwnam(String(user)) else { return path }
    return trimmed(String(cString: entry.pointee.pw_dir)) + rest
  }

  /// Without a slash at its end, so that what follows has one only.
  private func trimmed(_ home: String) -> String {
    home.hasSuffix("/") ? String(home.dropLast()) : home
  }

  private func variables(_ path: String) -> String {
    var result = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      let name: Substring
      let after: Substring
      if rest.first == "{", let end = rest.firstIndex(of: "}") {
        name = rest[..<end].dropFirst()
        after = rest[end...].dropFirst()
      } else {
        name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        after = rest[name.endIndex...]
      }
      if let value = environment[String(name)] {
        result += value
        rest = after
      } else {
        result += "$"
      }
    }
    return result + rest
  }
}
