/// Byte-pair encoding: a piece begins as single characters, then the pair of the lowest rank is
/// merged, leftmost first, until no pair is in the table.
struct BytePairModel: Sendable {
  /// What a pair becomes.
  private struct Merge: Sendable {
    var rank: Int
    var id: Int
  }

  /// Ids by the UTF-8 of the piece.
  let vocabulary: [[UInt8]: Int]
  private let characters: [UInt32: Int]
  private let merges: [UInt64: Merge]
  private let ignoresMerges: Bool
  private let unknown: Int?
  private let fusesUnknown: Bool
  /// Ids of `<0x00>` to `<0xFF>`, where characters outside the vocabulary become their bytes.
  private let fallback: [Int?]?

  /// Reads the `model` of a tokenizer.json.
  init(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError) {
    if let type = value["type"]?.string, type != "BPE" {
      throw reader.unsupported("a model of type '\(type)'")
    }
    if let dropout = value.present("dropout")?.number, dropout != 0 {
      throw reader.unsupported("random dropout of merges")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = value.present(name)?.string, !text.isEmpty {
        throw reader.unsupported("'\(name)' of '\(text)'")
      }
    }
    guard let entries = value["vocab"]?.members else { throw reader.damaged("no 'vocab'") }
    var vocabulary = [[UInt8]: Int](minimumCapacity: entries.count)
    var characters: [UInt32: Int] = [:]
    for entry in entries {
      guard let id = entry.value.integer, (0..<Tokenizer.maximumSize).contains(id) else {
        throw reader.damaged("the id of '\(entry.name)' is \(entry.value.serialized())")
      }
      vocabulary[Array(entry.name.utf8)] = id
      let scalars = entry.name.unicodeScalars
      if let first = scalars.first, scalars.dropFirst().isEmpty { characters[first.value] = id }
    }
    self.vocabulary = vocabulary
    self.characters = characters
    merges = try Self.merges(value, vocabulary: vocabulary, reader)
    ignoresMerges = try reader.flag("ignore_merges", of: value, default: false)
    fusesUnknown = try reader.flag("fuse_unk", of: value, default: false)
    if let name = value.present("unk_token")?.string {
      guard let id = vocabulary[Array(name.utf8)] else {
        throw reader.damaged("the unknown token '\(name)' is not in the vocabulary")
      }
      unknown = id
    } else {
      unknown = nil
    }
    fallback =
      try reader.flag("byte_fallback", of: value, default: false)
      ? (0..<256).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return vocabulary[Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)]
      } : nil
  }

  private static func merges(
    _ value: JSONValue, vocabulary: [[UInt8]: Int], _ reader: TokenizerReader
  ) throws(CheckpointError) -> [UInt64: Merge] {
    guard let list = value["merges"]?.array else { throw reader.damaged("no 'merges'") }
    var merges = [UInt64: Merge](minimumCapacity: list.count)
    for (rank, entry) in list.enumerated() {
      let left: [UInt8]
      let right: [UInt8]
      if let text = entry.string {
        let halves = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw reader.damaged("merge \(rank) is '\(text)'") }
        (left, right) = (Array(halves[0]), Array(halves[1]))
      } else if let pair = entry.array, pair.count == 2, let first = pair[0].string,
        let second = pair[1].string
      {
        (left, right) = (Array(first.utf8), Array(second.utf8))
      } else {
        throw reader.damaged("merge \(rank) is \(entry.serialized())")
      }
      guard let leftID = vocabulary[left], let rightID = vocabulary[right],
        let id = vocabulary[left + right]
      else {
        throw reader.damaged("merge \(rank) (\(entry.serialized())) is not in the vocabulary")
      }
      merges[key(leftID, rightID)] = Merge(rank: rank, id: id)
    }
    return merges
  }

  private static func key(_ left: Int, _ right: Int) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  /// The ids of one piece. Characters that neither the vocabulary nor a fall-back knows are
  /// dropped, as the format prescribes when there is no unknown token.
  func encode(
    _ piece: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Int] {
    try work.spend(piece.count + 1, on: "the model")
    if ignoresMerges, let id = vocabulary[ScalarText.utf8(piece)] { return [id] }
    return try merged(symbols(piece), &work)
  }

  private func symbols(_ piece: [UInt32]) -> [Int] {
    var symbols: [Int] = []
    symbols.reserveCapacity(piece.count)
    // An unknown token waits for the next character that the vocabulary knows, and so stands behind
    // bytes that were fallen back to after it: the reference library does so, and models that have
    // a part of the byte tokens only were trained with it.
    var isWaiting = false
    for scalar in piece {
      if let id = characters[scalar] {
        if isWaiting, let unknown { symbols.append(unknown) }
        isWaiting = false
        symbols.append(id)
        continue
      }
      if let fallback {
        let bytes = ScalarText.utf8([scalar])
        let ids = bytes.compactMap { fallback[Int($0)] }
        if ids.count == bytes.count {
          symbols += ids
          continue
        }
      }
      if isWaiting, !fusesUnknown, let unknown { symbols.append(unknown) }
      isWaiting = true
    }
    if isWaiting, let unknown { symbols.append(unknown) }
    return symbols
  }

  /// A pair that may be merged: the symbol at `position` and the one after it.
  private struct Candidate: Comparable {
    var rank: Int
    var position: Int
    var left: Int
    var right: Int

    static func < (a: Candidate, b: Candidate) -> Bool {
      a.rank != b.rank ? a.rank < b.rank : a.position < b.position
    }
  }

  /// Merges with a queue of candidates over a linked list: n log n for a piece of n characters.
  private func merged(
    _ initial: [Int], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Int] {
    guard initial.count > 1 else { return initial }
    var ids = initial  // -1: merged into an earlier symbol
    let count = ids.count
    var next = Array(1...count)  // count: none
    var previous = Array(-1..<count - 1)  // -1: none
    var queue = BinaryHeap<Candidate>()
    func candidate(_ position: Int, _ ids: [Int], _ next: [Int]) -> Candidate? {
      guard position >= 0, next[position] < count else { return nil }
      let left = ids[position]
      let right = ids[next[position]]
      guard let merge = merges[Self.key(left, right)] else { return nil }
      return Candidate(rank: merge.rank, position: position, left: left, right: right)
    }
    for position in 0..<count - 1 {
      if let found = candidate(position, ids, next) { queue.push(found) }
    }
    while let best = queue.pop() {
      try work.spend(1, on: "the model")
      let position = best.position
      let follower = next[position]
      // Skip candidates of which a side has changed since they were queued.
      guard ids[position] == best.left, follower < count, ids[follower] == best.right,
        let merge = merges[Self.key(best.left, best.right)]
      else { continue }
      ids[position] = merge.id
      ids[follower] = -1
      next[position] = next[follower]
      if next[position] < count { previous[next[position]] = position }
      if let found = candidate(previous[position], ids, next) { queue.push(found) }
      if let found = candidate(position, ids, next) { queue.push(found) }
    }
    return ids.filter { $0 >= 0 }
  }
}

/// A priority queue: `pop` returns the least element.
struct BinaryHeap<Element: Comparable> {
  private var elements: [Element] = []

  /// Adds an element.
  mutating func push(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Removes and returns the least element, or nil when empty.
  mutating func pop() -> Element? {
    guard let least = elements.first else { return nil }
    let last = elements.removeLast()
    if elements.isEmpty { return least }
    elements[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < elements.count && elements[child] < elements[smallest] { smallest = child }
      if smallest == parent { return least }
      elements.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
