/// Which columns of a `BlockTable` there is room for.
struct BlockColumns {
  enum Column: Equatable {
    case lens(Int)
    /// Rank and probability of a watched token, by lens.
    case watched(Int, lens: Int)
    case kl
    case added
    case entropy
    case norm
    case gate
  }

  private let table: BlockTable
  private let isWide: Bool
  /// Columns of the name of a block, before its halves.
  let blockWidth: Int
  /// Columns before the first of these.
  let nameWidth: Int
  /// From left to right, with the column each begins in.
  private(set) var places: [(column: Column, x: Int, width: Int)] = []

  init(_ table: BlockTable, width: Int) {
    self.table = table
    isWide = width >= 100
    // Blocks of prelude and coda have the longer names.
    let longest = table.rows.filter { !$0.half.isEmpty }.map(\.name.count).max() ?? 6
    blockWidth = width >= 60 ? longest + 1 : 2
    nameWidth = 2 + blockWidth + "feed-forward".count + 1
    let hasGate = table.rows.contains { $0.gate != nil }
    let text = isWide ? 12 : 3
    let lenses = table.lenses.indices
    var columns: [(column: Column, width: Int)] =
      lenses.map { (.lens($0), 8 + text) } + [(.kl, isWide ? 13 : 7), (.added, isWide ? 12 : 6)]
      + (hasGate ? [(.gate, 7)] : [])
    for id in table.watched { columns += lenses.map { (.watched(id, lens: $0), 10) } }
    columns += [(.entropy, 8), (.norm, 10)]
    // What is there twice over gives way first, what a column says that stands alone last.
    var last: [Column] = [.norm, .entropy]
    last += table.watched.dropFirst().reversed().flatMap { id in
      lenses.reversed().map { .watched(id, lens: $0) }
    }
    last += table.watched.prefix(1).map { .watched($0, lens: 1) }
    last += [.added, .lens(1), .gate]
    last += table.watched.prefix(1).map { .watched($0, lens: 0) }
    last += [.kl]
    for column in last where columns.reduce(nameWidth, { $0 + $1.width }) > width {
      columns.removeAll { $0.column == column }
    }
    // Bars take what is left, up to a length that the eye still compares.
    let left = width - columns.reduce(nameWidth) { $0 + $1.width }
    for index in columns.indices where columns[index].column == .added {
      columns[index].width += min(20, max(0, left))
    }
    var x = nameWidth
    for (column, width) in columns {
      places.append((column, x, width))
      x += width
    }
  }

  /// What stands above a column, in two lines.
  func heading(_ column: Column) -> (String, String) {
    let glyphs = table.state.glyphs
    switch column {
    case .lens(let index):
      let name = table.lenses[index]
      return isWide ? ("  \(name) lens", "  says") : ("  \(name)", "  lens")
    case .watched(let id, let lens):
      let name = table.state.visible(table.state.vocabulary?.text(id) ?? "")
      let lens = table.lenses[lens]
      let text = Printable.clip(name, max(1, 8 - lens.count), ellipsis: glyphs.ellipsis)
      return (" \(text) \(lens)", "rank p")
    case .entropy: return ("entropy", "nats")
    case .kl: return (isWide ? "KL to before" : "KL", "nats")
    case .added: return isWide ? ("added", "of \(glyphs.stream)") : ("added", "share")
    case .norm: return (glyphs.stream, "")
    case .gate: return ("gate", "chance")
    }
  }
}
