import Tensors

/// Positions in ascending order, as runs of neighbours.
struct PositionList: Sendable, Equatable {
  private struct Run: Sendable, Equatable {
    let first: Int
    var count: Int
    /// How many positions there are before these.
    let before: Int
  }

  private var runs: [Run] = []

  var count: Int { runs.last.map { $0.before + $0.count } ?? 0 }
  var last: Int? { runs.last.map { $0.first + $0.count - 1 } }
  var all: [Int] { runs.flatMap { $0.first..<$0.first + $0.count } }

  /// The number of a position in the list; nil where it is not there.
  func index(of position: Int) -> Int? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].first + runs[middle].count <= position {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < runs.count, runs[low].first <= position else { return nil }
    return runs[low].before + position - runs[low].first
  }

  mutating func append(_ positions: Range<Int>) {
    guard !positions.isEmpty else { return }
    precondition((last ?? -1) < positions.lowerBound, "positions ascend")
    if let last, last + 1 == positions.lowerBound {
      runs[runs.count - 1].count += positions.count
    } else {
      runs.append(Run(first: positions.lowerBound, count: positions.count, before: count))
    }
  }

  /// Forgets positions from one on.
  /// - Returns: how many went.
  mutating func removeAll(from position: Int) -> Int {
    let before = count
    while let run = runs.last, run.first + run.count > position {
      if run.first >= position {
        runs.removeLast()
      } else {
        runs[runs.count - 1].count = position - run.first
      }
    }
    return before - count
  }
}

/// Keys and values of one layer at one iteration, or of what shares them.
struct CacheSlot: Sendable {
  var positions = PositionList()
  /// Keys, then values, of every position.
  var rows: KeptRows  // [positions, 2·keyWidth]

  /// Writes rows of a buffer for some positions: over those it has, or behind all.
  mutating func write(
    _ projected: Buffer, rows source: Range<Int>, columns: Range<Int>, at new: Range<Int>
  ) {
    guard let last = positions.last, last >= new.lowerBound else {
      positions.append(new)
      rows.append(projected, rows: source, columns: columns)
      return
    }
    for (row, position) in zip(source, new) {
      guard let index = positions.index(of: position) else { continue }
      rows.replace(index, with: projected, row: row, columns: columns)
    }
  }
}

/// Slots by number, in groups: a copy of the table that writes to one slot copies one group.
struct SlotTable: Sendable {
  private static let together = 16
  private var groups: [[CacheSlot?]] = []
  /// The number of the first slot: coda layers have negative ones.
  private let first: Int

  /// - Parameter first: the smallest number there is.
  init(first: Int) { self.first = first }

  /// Numbers of the slots that hold something, ascending.
  var numbers: [Int] {
    groups.indices.flatMap { group in
      groups[group].indices.compactMap { place in
        groups[group][place] == nil ? nil : first + group * Self.together + place
      }
    }
  }

  subscript(number: Int) -> CacheSlot? {
    // Where it lies: a copy would be counted in and out for every look.
    _read {
      let index = number - first
      if index >= 0, index / Self.together < groups.count {
        yield groups[index / Self.together][index % Self.together]
      } else {
        yield nil
      }
    }
    _modify {
      let index = number - first
      precondition(index >= 0, "slot \(number) of a table from \(first)")
      while index / Self.together >= groups.count {
        groups.append([CacheSlot?](repeating: nil, count: Self.together))
      }
      yield &groups[index / Self.together][index % Self.together]
    }
  }
}
