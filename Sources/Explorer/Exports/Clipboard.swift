import Foundation

/// Text on its way to the clipboard of the terminal (xterm's control sequence OSC 52).
struct ClipboardCopy: Sendable, Hashable {
  let text: String
  /// What it is, for people: `heat, 12 lines`.
  let words: String
  /// Whether the strip shows it, and has no room for other words.
  var isInStrip = false

  /// The most bytes that are sent: what most terminals take of one sequence, 100000 letters of base64.
  static let limit = 74_994

  /// The sequence; nil where the text is longer than terminals take.
  var sequence: String? {
    guard text.utf8.count <= Self.limit else { return nil }
    return "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}"
  }

  /// What stands between the program and the terminal.
  enum Between: Sendable, Hashable {
    /// Hands sequences on where it is told to.
    case tmux
    /// GNU screen, which hands none on.
    case screen

    /// - Parameter variable: of the environment, by name.
    init?(_ variable: (String) -> String?) {
      if variable("TMUX") != nil {
        self = .tmux
      } else if variable("STY") != nil {
        self = .screen
      } else {
        return nil
      }
    }
  }

  /// What to say of it once it was sent.
  func outcome(_ between: Between?) -> String {
    guard sequence != nil else {
      return "\(words): \(ExportJob.size(text.utf8.count)) are more than terminals take at once "
        + "(\(ExportJob.size(Self.limit))); :export writes a file"
    }
    let done = "\(words), sent to the terminal's clipboard"
    switch between {
    case nil: return done
    case .tmux: return done + "; tmux hands it on after `tmux set -g set-clipboard on`"
    case .screen: return done + "; GNU screen does not hand it on"
    }
  }

  /// Where that is said; nil: where words are that go with the next key.
  func place(_ between: Between?) -> Strip.Kind? {
    if sequence == nil { return .failure }
    return between == nil || isInStrip ? nil : .hint
  }
}
