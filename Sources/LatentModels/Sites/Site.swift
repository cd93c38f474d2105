/// A named place inside a model's program, where hooks look and rewrite.
///
/// The names people see and type: `e`, `state`, `adapter`, `core.3` (the stream after block 3),
/// `core.3.attention` and `core.3.feed-forward` (what these add to the stream),
/// `core.3.after-attention` (the stream between the two), `core.3.attention-weights`; `prelude.1` and
/// `coda.2` alike. Blocks are counted from 1, so that
/// block 0 of an iteration is the adapter's output.
public struct Site: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Which part of the model.
  public enum Part: String, Sendable, Codable, CaseIterable {
    case prelude
    case core
    case coda
  }

  /// What lies there.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// e, the prelude's output.  // [rows, width]
    case embedded = "e"
    /// The state an iteration or a readout starts from.  // [rows, width]
    case state
    /// The adapter's output, which the first core block reads.  // [rows, width]
    case adapter
    /// The stream after a block.  // [rows, width]
    case stream
    /// The stream between attention and the feed-forward network.  // [rows, width]
    case afterAttention = "after-attention"
    /// What attention adds to the stream: after its output projection and the norm on it where a
    /// block has one, before the sum and the norm on that.  // [rows, width]
    case attention
    /// What the feed-forward network adds, likewise.  // [rows, width]
    case feedForward = "feed-forward"
    /// The softmax over keys, a sequence at a time: the rows of the first head, then those of the
    /// next.  // [heads · rows, keys]
    case attentionWeights = "attention-weights"
  }

  public let part: Part
  /// From 1; 0 for places outside of blocks.
  public let block: Int
  public let kind: Kind

  /// A place in a block.
  /// - Precondition: blocks count from 1, and what lies there belongs to a block.
  public init(_ part: Part, _ block: Int, _ kind: Kind) {
    precondition(block >= 1, "blocks count from 1")
    precondition(Self.inBlocks.contains(kind), "\(kind.rawValue) belongs to no block")
    (self.part, self.block, self.kind) = (part, block, kind)
  }

  private init(_ part: Part, _ kind: Kind) { (self.part, block, self.kind) = (part, 0, kind) }

  /// What lies inside blocks.
  static let inBlocks: [Kind] = [
    .stream, .afterAttention, .attention, .feedForward, .attentionWeights,
  ]

  /// e, the prelude's output.
  public static let embedded = Site(.prelude, .embedded)
  /// The state that an iteration starts from.
  public static let state = Site(.core, .state)
  /// The state that is read out.
  public static let readState = Site(.coda, .state)
  /// The adapter's output.
  public static let adapter = Site(.core, .adapter)

  /// A number of its own, the same for ever: what is drawn at random at a place is drawn by it.
  public var number: UInt64 {
    let part: UInt64 =
      switch self.part {
      case .prelude: 1
      case .core: 2
      case .coda: 3
      }
    let kind: UInt64 =
      switch self.kind {
      case .embedded: 1
      case .state: 2
      case .adapter: 3
      case .stream: 4
      case .attention: 5
      case .feedForward: 6
      case .attentionWeights: 7
      case .afterAttention: 8
      }
    return part << 56 | kind << 48 | UInt64(block)
  }

  private static let outside: [(name: String, site: Site)] = [
    ("e", .embedded), ("state", .state), ("read-state", .readState), ("adapter", .adapter),
  ]

  public var description: String {
    if let known = Self.outside.first(where: { $0.site == self }) { return known.name }
    let place = "\(part.rawValue).\(block)"
    return kind == .stream ? place : "\(place).\(kind.rawValue)"
  }

  /// The site of a name as `description` writes it; nil for any other word.
  public init?(_ name: String) {
    if let known = Self.outside.first(where: { $0.name == name }) {
      self = known.site
      return
    }
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(words.count), let part = Part(rawValue: String(words[0])),
      let block = Int(words[1]), block >= 1, String(block) == words[1]
    else { return nil }
    guard let kind = words.count == 2 ? .stream : Kind(rawValue: String(words[2])),
      Self.inBlocks.contains(kind), words.count == 2 || kind != .stream
    else { return nil }
    self.init(part, block, kind)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let site = Site(name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(name)\" is no site of a model.")
    }
    self = site
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
