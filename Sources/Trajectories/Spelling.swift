/// What somebody who mistyped a word may have meant.
public enum Spelling {
  /// The nearest of some words, if one is near: one slip of the finger in a short word, two in a
  /// longer one.
  public static func nearest(to word: String, among words: [String]) -> String? {
    guard word.utf8.count <= 40 else { return nil }
    let letters = Array(word.lowercased().utf8)
    return
      words
      .map { (word: $0, distance: distance(letters, Array($0.utf8))) }
      .filter { $0.distance <= ($0.word.utf8.count > 4 ? 2 : 1) }
      .min { $0.distance < $1.distance }?.word
  }

  /// What all of some words begin with; nil where there are none.
  public static func beginning(of words: [String]) -> String? {
    guard var common = words.first else { return nil }
    for word in words.dropFirst() {
      while !word.hasPrefix(common) { common.removeLast() }
    }
    return common
  }

  /// Letters to add, drop, change, or swap with their neighbours.
  public static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
