import CNcurses
import Glibc

/// What the surroundings say about colours and background.
struct TerminalEnvironment: Sendable {
  var variables: [String: String]
  var colours: Int

  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  static func current(colours: Int) -> TerminalEnvironment {
    let names = [
      "TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORFGBG", "LC_ALL",
      "LC_CTYPE", "LANG",
    ]
    var variables: [String: String] = [:]
    for name in names { variables[name] = variable(name) }
    return TerminalEnvironment(variables: variables, colours: colours)
  }

  /// The depth to draw with, for a terminal of `colours` colours.
  func depth(_ choice: ExplorerOptions.ColourChoice) -> ColourDepth {
    let most: ColourDepth =
      colours > 256 ? .truecolor : colours >= 256 ? .palette : colours >= 8 ? .sixteen : .none
    switch choice {
    case .never: return .none
    case .always, .truecolor: return most
    case .palette: return most == .truecolor ? .truecolor : most == .palette ? .palette : most
    case .sixteen: return most == .none ? .none : .sixteen
    case .auto:
      if let no = variables["NO_COLOR"], !no.isEmpty { return .none }
      if variables["CLICOLOR"] == "0", variables["CLICOLOR_FORCE"] ?? "0" == "0" { return .none }
      return most
    }
  }

  /// Whether more than ASCII may be written.
  /// - Parameters:
  ///   - isLocaleUTF8: whether the characters of the locale are those of UTF-8.
  ///   - canBeUTF8: whether the C library has another locale whose characters are.
  ///   - choice: what plots are to be drawn with, where somebody said so.
  func isUnicode(isLocaleUTF8: Bool, canBeUTF8: Bool, _ choice: GlyphStyle?) -> Bool {
    guard !isLocaleUTF8 else { return true }
    // A locale that is named is meant, `C` too; where none is, terminals are taken to be as most are.
    let isNamed = ["LC_ALL", "LC_CTYPE", "LANG"].contains { !(variables[$0] ?? "").isEmpty }
    let isAskedFor = choice.map { $0 != .ascii } ?? false
    return canBeUTF8 && (!isNamed || isAskedFor)
  }

  /// `COLORFGBG` is `foreground;background`; 7 and from 9 on are light backgrounds.
  var theme: Theme {
    guard let last = variables["COLORFGBG"]?.split(separator: ";").last, let index = Int(last)
    else { return .dark }
    return index == 7 || index >= 9 ? .light : .dark
  }
}
