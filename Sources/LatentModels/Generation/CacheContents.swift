import Tensors

/// Keys and values of one layer at one iteration.
struct CacheSlot {
  /// Ascending.
  var positions: [Int] = []
  /// Keys, then values, of every position.
  var rows: [Float] = []  // [positions, 2·keyWidth]

  /// The row of a position; nil where there is none.
  func row(of position: Int) -> Int? {
    // Without holes the row is the position.
    if position < positions.count, positions[position] == position { return position }
    var (low, high) = (0, positions.count)
    while low < high {
      let middle = (low + high) / 2
      if positions[middle] < position { low = middle + 1 } else { high = middle }
    }
    return low < positions.count && positions[low] == position ? low : nil
  }
}

/// What a `KeyValueCache` guards.
struct CacheContents {
  let layout: CacheLayout
  let strategy: CacheStrategy
  var slots: [Int: CacheSlot] = [:]
  var seen = 0
  /// How many of the seen positions belong to the call that runs.
  var newest = 0
  /// The largest slot ever written.
  private var lastSlot = 0
  private var generator: TorchGenerator
  /// Rows put together from several slots, kept for its storage.
  private var gathered: [Float] = []

  init(layout: CacheLayout, strategy: CacheStrategy, seed: UInt64) {
    self.layout = layout
    self.strategy = strategy
    generator = TorchGenerator(seed: seed)
  }

  mutating func clear(from end: Int) {
    _ = takeOut(from: end) { _ in true }
    seen = end
    newest = 0
  }

  func canWrite(_ slot: Int) -> Bool {
    if slot < 0 || strategy.sharing != .none { return true }
    guard let last = slots[slot]?.positions.last else { return true }
    return last < seen - newest
  }

  mutating func write(_ projected: Buffer, slot: Int) {
    precondition(projected.rows == newest, "\(projected.rows) rows for \(newest) new positions")
    precondition(canWrite(slot), "slot \(slot) was written for position \(seen - 1) before")
    let width = 2 * layout.keyWidth
    let columns = projected.columns - width..<projected.columns
    let target = strategy.shared(slot, layout)
    lastSlot = max(lastSlot, target)
    let first = seen - newest
    if let last = slots[target]?.positions.last, last >= first {
      for row in 0..<newest {
        guard let index = slots[target]?.row(of: first + row) else { continue }
        Operations.replace(
          row: index, of: &slots[target, default: CacheSlot()].rows, with: projected, row: row,
          columns: columns)
      }
      return
    }
    slots[target, default: CacheSlot()].positions.append(contentsOf: first..<seen)
    Operations.append(projected, columns: columns, to: &slots[target, default: CacheSlot()].rows)
  }

  /// Calls back with the rows that attention at a slot (after sharing) looks at.
  mutating func withRows(_ slot: Int, _ body: ([Float]) -> Void) {
    let present = slots[slot]?.positions.count ?? 0
    if present == seen || strategy.lookup == .full || strategy.lookup == .skip {
      body(slots[slot]?.rows ?? [])
      return
    }
    let width = 2 * layout.keyWidth
    gathered.removeAll(keepingCapacity: true)
    for source in sources(slot) {
      guard let found = slots[source.slot], let row = found.row(of: source.position) else {
        continue
      }
      gathered += found.rows[row * width..<(row + 1) * width]
    }
    body(gathered)
  }

  /// Which slot each position's entry comes from; positions that give nothing are left out.
  mutating func sources(_ slot: Int) -> [(position: Int, slot: Int)] {
    let own = slots[slot]?.positions ?? []
    if own.count == seen { return own.map { ($0, slot) } }
    switch strategy.lookup {
    case .full, .skip: return own.map { ($0, slot) }
    case .latest, .available:
      return fill(slot) { contents, position in
        contents.last(of: position, like: slot, upTo: slot)
      }
    case .alwaysLast:
      return fill(slot) { contents, position in
        contents.last(of: position, like: slot, upTo: contents.lastSlot)
      }
    case .randomized:
      return fill(slot) { contents, position in
        // Its own keys are never in doubt for a token of this call.
        position >= contents.seen - contents.newest ? slot : contents.draw(position, like: slot)
      }
    }
  }

  private mutating func fill(
    _ slot: Int, _ choose: (inout CacheContents, Int) -> Int?
  ) -> [(position: Int, slot: Int)] {
    (0..<seen).compactMap { position in
      if slot < layout.preludeLayers {
        let source = [slot, 0].first { slots[$0]?.row(of: position) != nil }
        return source.map { (position, $0) }
      }
      return choose(&self, position).map { (position, $0) }
    }
  }

  /// The largest slot of the same core layer, up to a limit, that has a position.
  private func last(of position: Int, like slot: Int, upTo limit: Int) -> Int? {
    let layer = (slot - layout.preludeLayers) % layout.coreLayers
    let steps = (limit - layout.preludeLayers - layer) / layout.coreLayers
    guard limit >= layout.preludeLayers + layer else { return nil }
    for step in stride(from: steps, through: 0, by: -1) {
      let candidate = layout.core(layer, iteration: step)
      if slots[candidate]?.row(of: position) != nil { return candidate }
    }
    return nil
  }

  private mutating func draw(_ position: Int, like slot: Int) -> Int? {
    let layer = (slot - layout.preludeLayers) % layout.coreLayers
    let found = stride(from: layout.preludeLayers + layer, through: lastSlot, by: layout.coreLayers)
      .filter { slots[$0]?.row(of: position) != nil }
    guard !found.isEmpty else { return nil }
    return found[generator.integers(1, in: 0..<found.count)[0]]
  }
}
