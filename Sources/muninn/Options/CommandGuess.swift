import ArgumentParser
import Trajectories

/// A misspelt command would be taken for a prompt, and the screen with it.
enum CommandGuess {
  /// Refuses a first word that is nearly the name of a command.
  /// - Throws: `ValidationError` that names the command it may have meant.
  static func check(_ arguments: [String], names: [String]) throws {
    guard let word = arguments.first, let meant = meant(by: word, names: names + ["help"]) else {
      return
    }
    throw ValidationError(
      "There is no command \"\(word)\"; did you mean \(meant)? "
        + "As a prompt: muninn explore \(word)")
  }

  /// The command a word is a slip of the finger for; nil when it is one, or is like none.
  static func meant(by word: String, names: [String]) -> String? {
    guard word.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }),
      word.utf8.count <= 16, !names.contains(word)
    else { return nil }
    return Spelling.nearest(to: word, among: names)
  }
}
