/// Rows of a batch that go through a continuous-thought model together: questions of one length, thoughts
/// behind them, and what follows the thoughts.
struct ThoughtRows: Equatable {
  /// Numbers of the rows in the batch.
  let rows: [Int]
  /// Tokens of every question, the one that begins thoughts included.
  let question: Int
  /// Tokens behind the thoughts, those of the longest row, the one that ends thoughts included.
  let rest: Int

  /// Places run for them with so many thoughts.
  func places(thoughts: Int) -> Int { rows.count * (question + thoughts + rest) }

  /// Splits a batch so that each group has questions of one length, and gives every shard its groups: the
  /// dearest first, to the shard that has least to do. What is together is a matter of the batch alone.
  /// - Parameters:
  ///   - tokens: every row a question, what begins thoughts, what ends them, and what follows, then zeros;
  ///     thoughts stand between the two.  // [rows, length]
  ///   - start: the token that begins thoughts.
  ///   - rowsTogether: most rows of a group.
  /// - Precondition: every row has that token, and another after it.
  static func groups(
    _ tokens: [Int32], length: Int, start: Int32, rowsTogether: Int, shards: Int
  ) -> [[ThoughtRows]] {
    var byLength: [Int: [(row: Int, end: Int)]] = [:]
    for row in 0..<tokens.count / max(1, length) {
      let ids = tokens[row * length..<(row + 1) * length]
      guard let first = ids.firstIndex(of: start) else {
        preconditionFailure("row \(row) does not begin thoughts")
      }
      let question = first - row * length + 1
      let end = (ids.lastIndex { $0 != 0 } ?? first) - row * length + 1
      precondition(end > question, "row \(row) ends where its thoughts begin")
      byLength[question, default: []].append((row, end))
    }
    let groups = byLength.sorted { $0.key < $1.key }.flatMap { question, members in
      stride(from: 0, to: members.count, by: rowsTogether).map { first in
        let part = members[first..<min(members.count, first + rowsTogether)]
        return ThoughtRows(
          rows: part.map(\.row), question: question,
          rest: (part.map(\.end).max() ?? question) - question)
      }
    }
    var dealt = Array(repeating: [ThoughtRows](), count: shards)
    var work = Array(repeating: 0, count: shards)
    for group in groups.enumerated().sorted(by: {
      let (a, b) = ($0.element.places(thoughts: 0), $1.element.places(thoughts: 0))
      return a == b ? $0.offset < $1.offset : a > b
    }).map(\.element) {
      let least = work.indices.min { work[$0] < work[$1] } ?? 0
      dealt[least].append(group)
      work[least] += group.places(thoughts: 0)
    }
    return dealt
  }

  /// Some columns of these rows, side by side.  // [rows, columns]
  func gather<Element>(_ all: [Element], length: Int, columns: Range<Int>) -> [Element] {
    rows.flatMap { all[$0 * length + columns.lowerBound..<$0 * length + columns.upperBound] }
  }
}
