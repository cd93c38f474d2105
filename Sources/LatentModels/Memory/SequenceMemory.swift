import Tensors

/// Keys and values of one sequence: what a `Memory` is made of.
struct SequenceMemory: Sendable {
  let layout: CacheLayout
  let strategy: CacheStrategy
  private(set) var slots: SlotTable
  /// Positions so far.
  private(set) var seen = 0
  /// How many of the seen positions belong to the call that runs.
  private(set) var newest = 0
  /// The largest slot ever written.
  private var lastSlot = 0
  private var generator: TorchGenerator

  init(layout: CacheLayout, strategy: CacheStrategy, seed: UInt64) {
    self.layout = layout
    self.strategy = strategy
    slots = SlotTable(first: -max(1, layout.codaLayers))
    generator = TorchGenerator(seed: seed)
  }

  /// Numbers of all keys and values, whoever shares them.
  var bytes: Int { slots.numbers.reduce(0) { $0 + (slots[$1]?.rows.bytes ?? 0) } }

  mutating func extend(by tokens: Int) {
    precondition(tokens >= 0, "no negative number of tokens")
    seen += tokens
    newest = tokens
  }

  /// Forgets the positions from one on.
  mutating func clear(from end: Int) {
    take(from: end) { _ in true }
    seen = end
    newest = 0
  }

  /// Forgets what some slots hold of the positions from one on.
  mutating func take(from first: Int, where isMeant: (Int) -> Bool) {
    for number in slots.numbers where isMeant(number) {
      guard let last = slots[number]?.positions.last, last >= first else { continue }
      if let gone = slots[number]?.positions.removeAll(from: first) {
        slots[number]?.rows.removeLast(gone)
      }
      if slots[number]?.positions.count == 0 { slots[number] = nil }
    }
  }

  /// Whether the newest positions may be written to a slot: those of core and prelude are written
  /// once for each position, unless iterations share them.
  func canWrite(_ slot: Int) -> Bool {
    if slot < 0 || strategy.sharing != .none { return true }
    guard let last = slots[slot]?.positions.last else { return true }
    return last < seen - newest
  }

  /// Writes keys and values of the newest positions.
  /// - Parameters:
  ///   - projected: `[rows, queries + keys + values]`.
  ///   - rows: those of the newest positions.
  mutating func write(_ projected: Buffer, rows: Range<Int>, slot: Int) {
    precondition(rows.count == newest, "\(rows.count) rows for \(newest) new positions")
    precondition(canWrite(slot), "slot \(slot) was written for position \(seen - 1) before")
    let width = 2 * layout.keyWidth
    let columns = projected.columns - width..<projected.columns
    let target = strategy.shared(slot, layout)
    lastSlot = max(lastSlot, target)
    if slots[target] == nil { slots[target] = CacheSlot(rows: KeptRows(width: width)) }
    slots[target]?.write(projected, rows: rows, columns: columns, at: seen - newest..<seen)
  }

  /// Lists the rows that attention at a slot looks at.
  mutating func list(_ slot: Int, into list: inout RowList) {
    list.removeAll()
    let slot = strategy.shared(slot, layout)
    let present = slots[slot]?.positions.count ?? 0
    if present == seen || strategy.lookup == .full || strategy.lookup == .skip {
      if let rows = slots[slot]?.rows { list.append(rows) }
      return
    }
    for source in sources(slot) {
      guard let found = slots[source.slot], let row = found.positions.index(of: source.position)
      else { continue }
      list.append(found.rows, row: row)
    }
  }

  /// Which slot each position's entry comes from; positions that give nothing are left out.
  mutating func sources(_ slot: Int) -> [(position: Int, slot: Int)] {
    let own = slots[slot]?.positions.all ?? []
    if own.count == seen { return own.map { ($0, slot) } }
    switch strategy.lookup {
    case .full, .skip: return own.map { ($0, slot) }
    case .latest, .available:
      return fill(slot) { memory, position in
        memory.last(of: position, like: slot, upTo: slot)
      }
    case .alwaysLast:
      return fill(slot) { memory, position in
        memory.last(of: position, like: slot, upTo: memory.lastSlot)
      }
    case .randomized:
      return fill(slot) { memory, position in
        // Its own keys are never in doubt for a token of this call.
        position >= memory.seen - memory.newest ? slot : memory.draw(position, like: slot)
      }
    }
  }

  private mutating func fill(
    _ slot: Int, _ choose: (inout SequenceMemory, Int) -> Int?
  ) -> [(position: Int, slot: Int)] {
    (0..<seen).compactMap { position in
      if slot < layout.preludeLayers {
        let source = [slot, 0].first { holds($0, position) }
        return source.map { (position, $0) }
      }
      return choose(&self, position).map { (position, $0) }
    }
  }

  private func holds(_ slot: Int, _ position: Int) -> Bool {
    slots[slot]?.positions.index(of: position) != nil
  }

  /// The largest slot of the same core layer, up to a limit, that has a position.
  private func last(of position: Int, like slot: Int, upTo limit: Int) -> Int? {
    let layer = (slot - layout.preludeLayers) % layout.coreLayers
    let steps = (limit - layout.preludeLayers - layer) / layout.coreLayers
    guard limit >= layout.preludeLayers + layer else { return nil }
    for step in stride(from: steps, through: 0, by: -1) {
      let candidate = layout.core(layer, iteration: step)
      if holds(candidate, position) { return candidate }
    }
    return nil
  }

  private mutating func draw(_ position: Int, like slot: Int) -> Int? {
    let layer = (slot - layout.preludeLayers) % layout.coreLayers
    let found = stride(from: layout.preludeLayers + layer, through: lastSlot, by: layout.coreLayers)
      .filter { holds($0, position) }
    guard !found.isEmpty else { return nil }
    return found[generator.integers(1, in: 0..<found.count)[0]]
  }
}
