/// Names a node of a tree, for as long as the tree is there: a number given once is never given
/// again, whatever is deleted or undone.
public struct NodeID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let value: Int
  public init(_ value: Int) { self.value = value }
  public static func < (a: NodeID, b: NodeID) -> Bool { a.value < b.value }
  public var description: String { "\(value)" }
}

extension NodeID: Codable {
  public init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Int.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// Where a node leaves its parent: after how many of its iterations.
public struct Fork: Codable, Sendable, Hashable {
  public var node: NodeID
  /// For an edit the first iteration that differs. s₀, where nothing was thought yet, is left by edits
  /// of it, and by tokens of models that do not think about every token.
  public var iteration: Int

  public init(node: NodeID, iteration: Int) {
    self.node = node
    self.iteration = iteration
  }
}

/// What a prompt is a variant of: the run it is there to be compared with. It does not need that
/// run, and outlives it.
public struct Variant: Codable, Sendable, Hashable {
  public enum Change: Codable, Sendable, Hashable {
    /// The same tokens from elsewhere.
    case start
    /// Another token at a position, where there was `old`.
    case token(position: Int, old: Int)
  }

  public var of: NodeID
  public var change: Change

  public init(of node: NodeID, _ change: Change) {
    self.of = node
    self.change = change
  }
}

/// Nodes that were begun together: eight seeds, one token after another at a position.
public struct Family: Codable, Sendable, Hashable {
  /// Its first member's, which is nobody else's.
  public let id: NodeID
  /// `9 starts`, `token 5: 0-9`.
  public let label: String
}

/// One run: of a prompt, of a token after one, or of what another ran with an edit.
public struct Node: Codable, Sendable, Hashable, Identifiable {
  public let id: NodeID
  /// nil for a prompt.
  public let fork: Fork?
  public let cause: Cause
  /// Of a prompt only.
  public let variant: Variant?
  public let family: Family?
  /// What a person calls it.
  public var name: String?
}
