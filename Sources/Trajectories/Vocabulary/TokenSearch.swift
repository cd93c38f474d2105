/// One token that was found.
public struct TokenMatch: Sendable, Hashable {
  /// How well it fits, the best first.
  public enum Kind: UInt8, Sendable, Hashable, Comparable {
    /// Its text is what was typed.
    case exact
    /// Its id is.
    case id
    /// Its text is, but for case or blanks around it.
    case nearlyExact
    case begins
    /// Its id begins so.
    case idBegins
    case contains
    /// All that was typed occurs in it, in this order.
    case scattered

    public static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
  }

  public let id: Int
  public let kind: Kind
}

/// The texts of a vocabulary laid out for search: 150 000 of them between two key presses.
///
/// What is typed is found wherever its letters occur in order, whatever their case; `57` also finds
/// the token with that id, and `#57` that alone.
public struct TokenSearch: Sendable {
  /// As they are, and in lower case without blanks around them, one after another.  // UTF-8
  private var texts: [UInt8] = []
  private var folded: [UInt8] = []
  /// Where each ends.  // [count]
  private var textEnds: [Int32] = []
  private var foldedEnds: [Int32] = []

  /// - Parameter text: of an id from 0 up to `count`, as a person sees it.
  public init(count: Int, text: (Int) -> String) {
    textEnds.reserveCapacity(count)
    foldedEnds.reserveCapacity(count)
    for id in 0..<max(0, count) {
      let text = text(id)
      texts += text.utf8
      folded += Self.folded(text)
      textEnds.append(Int32(clamping: texts.count))
      foldedEnds.append(Int32(clamping: folded.count))
    }
  }

  public var count: Int { textEnds.count }

  /// Ids of the tokens whose text is this exactly, ascending: two tokens may read alike.
  public func ids(of text: String) -> [Int] {
    let wanted = Array(text.utf8)
    return (0..<count).filter { id in
      let text = range(id, textEnds)
      return text.count == wanted.count && Self.begins(texts, text.lowerBound, wanted)
    }
  }

  /// The tokens that fit, the best first: by how they fit, then the shorter, then the lower id. All
  /// fit nothing typed.
  /// - Parameter most: how many are kept.
  /// - Returns: these, and how many there are.
  public func matches(_ typed: String, most: Int) -> (best: [TokenMatch], count: Int) {
    let query = Query(typed)
    var best: [UInt64] = []
    var found = 0
    for id in 0..<count {
      guard let kind = kind(of: id, query) else { continue }
      found += 1
      // Kind, then length, then id: one number to compare.
      let range = range(id, textEnds)
      let length = typed.isEmpty ? 0 : min(range.count, 0xffff)
      let key = UInt64(kind.rawValue) << 56 | UInt64(length) << 40 | UInt64(id)
      if best.count < most {
        Self.insert(key, &best)
      } else if let last = best.last, key < last {
        best.removeLast()
        Self.insert(key, &best)
      }
    }
    let matches = best.compactMap { key in
      TokenMatch.Kind(rawValue: UInt8(key >> 56)).map {
        TokenMatch(id: Int(key & 0xff_ffff_ffff), kind: $0)
      }
    }
    return (matches, found)
  }

  // MARK: How one fits

  private struct Query {
    let text: [UInt8]
    let folded: [UInt8]
    /// The digits of an id, where it may be one.
    let digits: [UInt8]
    /// After `#` no text is meant, unless one reads so.
    let isID: Bool

    init(_ typed: String) {
      text = Array(typed.utf8)
      folded = Array(TokenSearch.folded(typed))
      let digits = typed.hasPrefix("#") ? typed.dropFirst() : typed[...]
      let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
      isID = isNumber && typed.hasPrefix("#")
      self.digits = isNumber ? Array(digits.utf8) : []
    }
  }

  private func kind(of id: Int, _ query: Query) -> TokenMatch.Kind? {
    let text = range(id, textEnds)
    if text.count == query.text.count, Self.begins(texts, text.lowerBound, query.text) {
      return .exact
    }
    var asID: TokenMatch.Kind?
    if !query.digits.isEmpty {
      let digits = String(id).utf8
      if digits.elementsEqual(query.digits) { return .id }
      if digits.starts(with: query.digits) { asID = .idBegins }
      if query.isID { return asID }
    }
    guard let asText = kind(range(id, foldedEnds), query) else { return asID }
    return min(asText, asID ?? asText)
  }

  private func kind(_ text: Range<Int>, _ query: Query) -> TokenMatch.Kind? {
    let wanted = query.folded
    // Blanks alone are looked for as they are.
    guard let first = wanted.first else { return query.text.isEmpty ? .scattered : nil }
    guard text.count >= wanted.count else { return nil }
    if Self.begins(folded, text.lowerBound, wanted) {
      return text.count == wanted.count ? .nearlyExact : .begins
    }
    for place in text.dropLast(wanted.count - 1) where folded[place] == first {
      if Self.begins(folded, place, wanted) { return .contains }
    }
    var next = 0
    for place in text where folded[place] == wanted[next] {
      next += 1
      if next == wanted.count { return .scattered }
    }
    return nil
  }

  /// - Precondition: there are as many bytes from `start` on.
  private static func begins(_ bytes: [UInt8], _ start: Int, _ wanted: [UInt8]) -> Bool {
    for (offset, byte) in wanted.enumerated() where bytes[start + offset] != byte { return false }
    return true
  }

  private func range(_ id: Int, _ ends: [Int32]) -> Range<Int> {
    (id == 0 ? 0 : Int(ends[id - 1]))..<Int(ends[id])
  }

  private static func insert(_ key: UInt64, _ sorted: inout [UInt64]) {
    var place = sorted.count
    while place > 0, sorted[place - 1] > key { place -= 1 }
    sorted.insert(key, at: place)
  }

  private static func folded(_ text: String) -> some Sequence<UInt8> {
    var bytes = Array(text.utf8)
    if bytes.contains(where: { $0 >= 0x80 }) { bytes = Array(text.lowercased().utf8) }
    while bytes.last == 0x20 { bytes.removeLast() }
    return bytes.drop { $0 == 0x20 }.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }
}
