import LatentModels

/// Runs of a prompt that are alike but for one thing: the token at one position, or where they start.
/// Which there are is read off the tree, whatever act made them.
public struct Variants: Sendable, Hashable {
  /// One of them, which need not be there.
  public let cause: PromptCause
  /// Where their tokens differ; nil where their starts do.
  public let position: Int?

  /// - Parameter position: of the prompt; nil for variants of the start.
  public init(of cause: PromptCause, position: Int?) {
    self.cause = cause
    self.position = position
  }

  public func contains(_ other: PromptCause) -> Bool {
    guard let position else { return other.ids == cause.ids }
    return other.start == cause.start && other.ids.count == cause.ids.count
      && other.ids.indices.contains(position)
      && other.replacing(position, by: cause.ids[position]).ids == cause.ids
  }

  /// Those that are there: by token id, or by their starts, seeds last and ascending.
  public func nodes(in tree: RunTree) -> [NodeID] {
    var found: [(order: UInt64, node: NodeID)] = []
    for id in tree.children(of: nil) {
      guard case .prompt(let prompt)? = tree[id]?.cause, contains(prompt) else { continue }
      found.append((position.map { UInt64(prompt.ids[$0]) } ?? Self.order(prompt.start), id))
    }
    return found.sorted { ($0.order, $0.node) < ($1.order, $1.node) }.map(\.node)
  }

  private static func order(_ start: Start) -> UInt64 {
    guard case .seeded(let seed, _, _) = start else { return 0 }
    return seed == .max ? .max : seed + 1
  }
}

extension RunTree {
  /// What the members of a family are, and all that are like them; nil where none is there any more.
  public func variants(of family: Family) -> Variants? {
    guard let id = members(of: family).first, let node = self[id],
      case .prompt(let cause) = node.cause
    else { return nil }
    guard case .token(let position, _) = node.variant?.change else {
      return Variants(of: cause, position: nil)
    }
    return Variants(of: cause, position: position)
  }
}
