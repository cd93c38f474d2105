/// Which keys and values a key-value cache keeps, and which it gives when some tokens stopped
/// earlier than the one that asks. The names are those of Huginn's published code
/// (`cache_lookup_strategy`), whose rules hold here for any numbers of layers.
public struct CacheStrategy: Sendable, Equatable {
  /// What a token contributes to a slot it has no entry in, because it stopped earlier.
  public enum Lookup: String, Sendable, CaseIterable {
    /// Nothing. The published code says "full" and does the same as "skip".
    case full
    /// Nothing.
    case skip
    /// The same layer at its last iteration up to the one that asks.
    case latest
    /// Its own entry, else as `latest`: the same thing under another published name.
    case available
    /// The same layer at its last iteration of all, whenever some token lacks an entry.
    case alwaysLast = "always-last"
    /// The same layer at an iteration drawn at random: a baseline.
    case randomized
  }

  /// Which iterations share their slots.
  public enum Sharing: Sendable, Equatable {
    case none
    /// `compress-sN`: slots go round after N of them, N / core layers iterations.
    case cyclic(slots: Int)
    /// `compress-rN`: N neighbouring slots are one. With N as large as the core, the layers of one
    /// iteration overwrite each other; published, and better avoided.
    case blocks(slots: Int)
    /// `compress-anchor`: the first eight iterations have their own, later ones share one.
    case anchor
  }

  public var lookup: Lookup
  public var sharing: Sharing

  public init(_ lookup: Lookup = .full, sharing: Sharing = .none) {
    self.lookup = lookup
    self.sharing = sharing
  }

  /// Iterations that `Sharing.anchor` leaves alone.
  static let anchoredIterations = 8

  /// Reads a published name such as `latest-m4-compress-s16`. The `-m4` of the published code means
  /// "of the same core layer" and may be left out.
  /// - Throws: `CacheStrategyError`.
  public init(parsing text: String) throws(CacheStrategyError) {
    var name = Substring(text)
    var sharing = Sharing.none
    if let mark = text.range(of: "compress-") {
      sharing = try Self.sharing(text[mark.upperBound...], text)
      name = text[..<mark.lowerBound]
      if name.last == "-" { name.removeLast() }
    }
    if name.hasSuffix("-m4") { name.removeLast(3) }
    guard let lookup = name.isEmpty ? .full : Lookup(rawValue: String(name)) else {
      throw CacheStrategyError(text: text)
    }
    self.init(lookup, sharing: sharing)
  }

  private static func sharing(
    _ part: Substring, _ text: String
  ) throws(CacheStrategyError) -> Sharing {
    if part == "anchor" { return .anchor }
    guard let slots = Int(part.dropFirst()), slots > 0, slots < 1 << 20 else {
      throw CacheStrategyError(text: text)
    }
    switch part.first {
    case "s": return .cyclic(slots: slots)
    case "r": return .blocks(slots: slots)
    default: throw CacheStrategyError(text: text)
    }
  }

  /// Refuses sharing that does not fit the model.
  func check(_ layout: CacheLayout) throws(CacheStrategyError) {
    if case .cyclic(let slots) = sharing, slots % layout.coreLayers != 0 {
      throw CacheStrategyError(text: "compress-s\(slots)", coreLayers: layout.coreLayers)
    }
  }

  /// The slot that is read and written in place of `slot`.
  func shared(_ slot: Int, _ layout: CacheLayout) -> Int {
    let first = layout.preludeLayers
    guard slot >= first else { return slot }
    switch sharing {
    case .none: return slot
    case .cyclic(let slots): return first + (slot - first) % slots
    case .blocks(let slots): return first + (slot - first) / slots
    case .anchor:
      let anchored = first + Self.anchoredIterations * layout.coreLayers
      return slot < anchored ? slot : anchored + (slot - anchored) % layout.coreLayers
    }
  }
}

/// A cache strategy that is not known, or does not fit the model.
public struct CacheStrategyError: Error, Equatable, CustomStringConvertible {
  let text: String
  /// Set when the strategy is known and the model has this many core layers.
  var coreLayers: Int?

  public var description: String {
    if let coreLayers {
      return "\(text) does not fit this model: the number must be a multiple of its \(coreLayers) "
        + "core layers."
    }
    let names = CacheStrategy.Lookup.allCases.map(\.rawValue).joined(separator: ", ")
    return "\"\(text)\" is no cache strategy. Give one of \(names), and after it, if wanted, "
      + "-compress-sN, -compress-rN or -compress-anchor: latest-m4-compress-s16."
  }
}

/// How the layers of a model are numbered in its cache.
public struct CacheLayout: Sendable, Equatable {
  public let preludeLayers: Int
  public let coreLayers: Int
  public let codaLayers: Int
  /// Numbers in the keys of one token; values have as many.
  public let keyWidth: Int

  public init(preludeLayers: Int, coreLayers: Int, codaLayers: Int, keyWidth: Int) {
    precondition(preludeLayers >= 0 && coreLayers > 0 && codaLayers >= 0 && keyWidth > 0)
    self.preludeLayers = preludeLayers
    self.coreLayers = coreLayers
    self.codaLayers = codaLayers
    self.keyWidth = keyWidth
  }

  /// Slot of a prelude layer.
  public func prelude(_ layer: Int) -> Int { layer }
  /// Slot of a core layer at an iteration, both from 0: every iteration has its own.
  public func core(_ layer: Int, iteration: Int) -> Int {
    preludeLayers + iteration * coreLayers + layer
  }
  /// Slot of a coda layer: negative, and rewritten at every readout.
  public func coda(_ layer: Int) -> Int { -1 - layer }
}
