import ArgumentParser

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
    let letters = Array(word.lowercased().utf8)
    return
      names
      .map { (name: $0, distance: distance(letters, Array($0.utf8))) }
      .filter { $0.distance <= ($0.name.utf8.count > 4 ? 2 : 1) }
      .min { $0.distance < $1.distance }?.name
  }

  /// Letters to add, drop, change, or swap with their neighbours.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var rows = [Array(0...b.count)]
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
