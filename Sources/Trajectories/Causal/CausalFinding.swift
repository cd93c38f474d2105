/// What a causal map comes to: which tokens carry the answer, as far as it was computed.
public struct CausalFinding: Sendable, Hashable {
  /// A token that brings something back, and where.
  public struct Carrier: Sendable, Hashable {
    public let token: Int
    /// Put back once: the iteration that brings back most. Held: the last one that is soon enough.
    public let iteration: Int
    /// Of the answer, that comes back there.
    public let share: Float
  }

  /// The share that counts as all of the answer.
  public static let enough: Float = 0.9
  /// The share below which nothing came back.
  public static let least: Float = 0.1

  /// Tokens each of which alone brings all of the answer back, in the order of the text.
  public let carriers: [Carrier]
  /// The one that brings back most; nil where nothing was computed, or nothing comes back.
  public let most: Carrier?
  /// The first iteration at which anything comes back; nil where nothing does.
  public let first: Int?
  /// Whether every cell was computed.
  public let isWhole: Bool

  public init(_ map: CausalMap, by measure: CausalMap.Measure) {
    var (carriers, most, first): ([Carrier], Carrier?, Int?) = ([], nil, nil)
    for token in 0..<map.tokenCount {
      var carrier: Carrier?
      for iteration in map.iterations {
        guard let share = map.share(token: token, iteration: iteration, by: measure) else {
          continue
        }
        let here = Carrier(token: token, iteration: iteration, share: share)
        if share > most?.share ?? 0 { most = here }
        if share >= Self.least { first = min(first ?? iteration, iteration) }
        guard share >= Self.enough else { continue }
        if map.kind == .hold || share > carrier?.share ?? 0 { carrier = here }
      }
      if let carrier { carriers.append(carrier) }
    }
    (self.carriers, self.most, self.first) = (carriers, most, first)
    isWhole = map.computedCount == map.count
  }

  /// In a sentence: `one alone brings back 90 %: 7 '9' from r 9, 9 '5' from r 8`.
  /// - Parameters:
  ///   - map: what it was found in.
  ///   - label: what a token is called.
  ///   - room: how many carriers are named; of more, how many there are.
  public func words(
    of map: CausalMap, label: (Int) -> String, naming room: Int = 4
  ) -> String {
    let start =
      (map.saysTheSame ? "both runs say the same, so little can come back; " : "")
      + (isWhole ? "" : "so far: ")
    let isHeld = map.kind == .hold
    func place(_ carrier: Carrier) -> String {
      "\(label(carrier.token)) \(isHeld ? "from" : "at") r \(carrier.iteration)"
    }
    if carriers.count == 1 {
      return start
        + "token \(place(carriers[0])) alone brings back \(Self.percent(carriers[0].share))"
        + (isHeld ? ", and so it does from before" : "")
    }
    if carriers.count > 1 {
      let named = carriers.prefix(max(1, room)).map(place).joined(separator: ", ")
      let more = carriers.count - max(1, room)
      return start + "one alone brings back \(Self.percent(Self.enough)): " + named
        + (more > 0 ? " and \(more) more" : "")
    }
    guard let most, most.share >= Self.least else {
      return start + "no token alone brings anything back"
    }
    var words = "most alone: \(place(most)), \(Self.percent(most.share))"
    if !isHeld, let first, first > 1 {
      words += "; what is put back before r \(first) is forgotten"
    }
    return start + words
  }

  /// A share in whole percent, as a person reads it.
  public static func percent(_ share: Float) -> String {
    guard share.isFinite else { return "undefined" }
    let whole = (Double(share) * 100).rounded()
    return abs(whole) < 1e6 ? "\(Int(whole)) %" : "far beyond"
  }
}
