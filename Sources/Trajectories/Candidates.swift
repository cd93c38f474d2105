/// One candidate for the next token.
public struct Candidate: Sendable, Hashable {
  public let id: Int
  /// Safe to print, as in `Token`.
  public let text: String
  public let probability: Float

  public init(id: Int, text: String, probability: Float) {
    self.id = id
    self.text = text
    self.probability = probability
  }
}

/// The likeliest next tokens, best first. Long runs have many of these, so that ids and
/// probabilities are kept and texts looked up.
public struct Candidates: Sendable, RandomAccessCollection {
  private struct Entry: Sendable {
    let id: Int32
    let probability: Float
  }

  private let entries: [Entry]
  private let vocabulary: Vocabulary

  /// - Parameter vocabulary: where the texts are looked up.
  public init(_ tokens: some Sequence<(id: Int, probability: Float)>, in vocabulary: Vocabulary) {
    entries = tokens.map { Entry(id: Int32(clamping: $0.id), probability: $0.probability) }
    self.vocabulary = vocabulary
  }

  /// Candidates that bring their texts along.
  public init(_ candidates: [Candidate]) {
    let texts = Dictionary(
      candidates.map { ($0.id, $0.text) }, uniquingKeysWith: { first, _ in first })
    self.init(
      candidates.lazy.map { (id: $0.id, probability: $0.probability) },
      in: Vocabulary(count: .max) {
        Token(id: $0, text: texts[$0] ?? "#\($0)", isSpecial: false)
      })
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }

  public subscript(position: Int) -> Candidate {
    let entry = entries[position]
    return Candidate(
      id: Int(entry.id), text: vocabulary.text(Int(entry.id)), probability: entry.probability)
  }

  /// The id of the best; nil where there is none.
  public var bestID: Int? { entries.first.map { Int($0.id) } }

  /// The probability of the one at a place, best first; nil where there are fewer.
  public func probability(at position: Int) -> Float? {
    entries.indices.contains(position) ? entries[position].probability : nil
  }

  /// The probability of a token; nil where it is not among them.
  public func probability(of id: Int) -> Float? {
    entries.first { Int($0.id) == id }?.probability
  }
}

extension Candidates: Hashable {
  public static func == (a: Candidates, b: Candidates) -> Bool { a.elementsEqual(b) }

  public func hash(into hasher: inout Hasher) {
    for entry in entries {
      hasher.combine(entry.id)
      hasher.combine(entry.probability)
    }
  }
}
