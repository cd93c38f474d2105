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

  /// Entries of terminfo that may have 24-bit colour for a type which has not: its own family's, then those
  /// of terminals that most others do as.
  static func directTypes(_ type: String) -> [String] {
    let family = type.split(separator: "-").first.map(String.init) ?? type
    let others = ["xterm-direct", "xterm-direct2", "vte-direct", "konsole-direct"]
    return ["\(family)-direct"] + others.filter { $0 != "\(family)-direct" }
  }

  /// Why there is no 24-bit colour where somebody asked for it; nil where there is, or nobody did.
  func lack(_ choice: ExplorerOptions.ColourChoice, _ type: String) -> String? {
    guard choice == .truecolor, depth(choice) != .truecolor else { return nil }
    let has = colours >= 8 ? "\(min(colours, 256)) colours" : "no colours"
    return
      "\(has), not truecolor: terminfo has no \(Self.directTypes(type).prefix(2).joined(separator: " or ")) "
      + "here; the package ncurses-term brings it"
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

  /// Whether anything is coloured.
  func hasColours(_ choice: ExplorerOptions.ColourChoice) -> Bool { depth(choice) != .none }

  /// `COLORFGBG` is `foreground;background`; 7 and from 9 on are light backgrounds. nil where it says
  /// nothing.
  var saidTheme: Theme? {
    guard let last = variables["COLORFGBG"]?.split(separator: ";").last, let index = Int(last)
    else { return nil }
    return index == 7 || index >= 9 ? .light : .dark
  }
}
