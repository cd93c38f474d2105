/// Finds many literals in a text at once, leftmost first, then longest (Aho and Corasick): the time
/// does not depend on how many there are.
struct LiteralAutomaton: Sendable {
  /// An occurrence.
  struct Match: Equatable, Sendable {
    /// Which literal, by its number.
    var pattern: Int
    var range: Range<Int>
  }

  /// The node for the longest part of the text before the cursor that begins a literal.
  private struct Node: Sendable {
    /// Length of that part.
    var depth: Int32
    /// The node of the longest shorter part.
    var shorter: Int32 = 0
    /// The longest literal that ends here, or -1.
    var pattern: Int32 = -1
  }

  private var nodes = [Node(depth: 0)]
  /// Nodes by the node before and a letter.
  private var edges: [UInt64: Int32] = [:]
  private let lengths: [Int]

  /// Of literals that are the same, the last is found; empty ones never are.
  init(_ patterns: [[UInt32]]) {
    lengths = patterns.map(\.count)
    for (number, pattern) in patterns.enumerated() where !pattern.isEmpty {
      var node: Int32 = 0
      for scalar in pattern {
        if let next = edges[Self.key(node, scalar)] {
          node = next
        } else {
          let next = Int32(nodes.count)
          nodes.append(Node(depth: nodes[Int(node)].depth + 1))
          edges[Self.key(node, scalar)] = next
          node = next
        }
      }
      nodes[Int(node)].pattern = Int32(number)
    }
    link()
  }

  private static func key(_ node: Int32, _ scalar: UInt32) -> UInt64 {
    UInt64(UInt32(bitPattern: node)) << 32 | UInt64(scalar)
  }

  /// Links every node to the longest shorter part, short ones first.
  private mutating func link() {
    let byDepth = edges.sorted {
      nodes[Int($0.value)].depth < nodes[Int($1.value)].depth
    }
    for (key, node) in byDepth {
      let before = Int32(truncatingIfNeeded: key >> 32)
      if before != 0 {
        let scalar = UInt32(truncatingIfNeeded: key)
        nodes[Int(node)].shorter = step(nodes[Int(before)].shorter, scalar)
      }
      if nodes[Int(node)].pattern < 0 {
        nodes[Int(node)].pattern = nodes[Int(nodes[Int(node)].shorter)].pattern
      }
    }
  }

  private func step(_ node: Int32, _ scalar: UInt32) -> Int32 {
    var node = node
    while true {
      if let next = edges[Self.key(node, scalar)] { return next }
      if node == 0 { return 0 }
      node = nodes[Int(node)].shorter
    }
  }

  /// The occurrences that do not overlap, in order.
  func matches(
    in text: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Match] {
    if edges.isEmpty { return [] }
    var result: [Match] = []
    var node: Int32 = 0
    var position = 0
    var best: Match?
    while true {
      // What was found is final once nothing that is being read began as early.
      if let match = best,
        position == text.count || position - Int(nodes[Int(node)].depth) > match.range.lowerBound
      {
        result.append(match)
        (best, node, position) = (nil, 0, match.range.upperBound)
        continue
      }
      guard position < text.count else { return result }
      try work.spend(1, on: "the added tokens")
      node = step(node, text[position])
      position += 1
      let pattern = Int(nodes[Int(node)].pattern)
      if pattern >= 0 {
        let start = position - lengths[pattern]
        if start <= best?.range.lowerBound ?? start {
          best = Match(pattern: pattern, range: start..<position)
        }
      }
    }
  }
}
