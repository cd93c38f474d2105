import LatentModels

/// How much of a state the injection keeps at every iteration, as the weights say: how that is spread
/// over the channels, and which are slow. Every prompt has the same.
let contractionPane = Pane(
  title: { state, _ in
    let count = state.model?.injection?.decay.count ?? 0
    return "contraction \(state.glyphs.dot) \(count) channels \(state.glyphs.dot) from the weights"
  },
  legend: { state, width in
    width < 70
      ? [] : [("\(state.glyphs.dot) j and k other channels, esc goes back", .dim)]
  },
  render: { state, screen, rect in
    guard let view = ContractionView(state, rect) else {
      Pane.drawEmpty(
        state, &screen, rect, "the injection of this model has no decay that its weights would say")
      return
    }
    view.draw(on: &screen)
  },
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "contraction of the injection",
    drawn:
      "How much of a state an iteration keeps before its blocks, channel by channel: a diagonal "
      + "injection forgets each at a rate of its own. Bars: channels by what they keep. List: the "
      + "slowest first. Read from the weights; the same for every prompt.",
    formula:
      "keeps = exp(-dt exp(A_log)), takes dt = softplus(dt_bias) of B e; half-life ln 2 / (dt exp(A_log)); "
      + "settles at dt / (1 - keeps) of B e",
    unit: "shares of the state; half-lives in iterations",
    source: "Parcae, SandyResearch/parcae."),
  table: TextTable.contraction)

extension TextTable {
  /// Channels listed at most where it is read line by line; `muninn inspect --contraction` has all.
  private static let mostChannels = 32

  /// The slowest channels, and how what they keep is spread.
  @Sendable static func contraction(_ state: ExplorerState) -> TextTable {
    guard let injection = state.model?.injection else {
      return TextTable(headings: ["no diagonal injection"])
    }
    let columns = ContractionColumn.all(injection, state)
    var table = TextTable(headings: columns.map(\.title))
    table.rows = injection.slowestFirst.prefix(mostChannels).map { channel in
      columns.map { $0.text(channel) }
    }
    let parts = injection.histogram(parts: 10).enumerated().map { part, count in
      "\(ContractionView.range(part, of: 10)): \(count)"
    }
    table.notes =
      ContractionView.summary(injection, state)
      + ["channels by what they keep: " + parts.joined(separator: ", ")]
      + (injection.decay.count > mostChannels
        ? ["the slowest \(mostChannels) of \(injection.decay.count); inspect --contraction has all"]
        : [])
    return table
  }
}

/// A column of the list of channels.
struct ContractionColumn {
  let title: String
  let width: Int
  let text: (Int) -> String

  static func all(_ injection: DiagonalInjection, _ state: ExplorerState) -> [ContractionColumn] {
    let trained = state.model?.defaultIterations ?? 1
    func number(_ value: Double?) -> String { value.map { Numbers.short($0) } ?? "never" }
    return [
      ContractionColumn(title: "channel", width: 9) { "\($0)" },
      ContractionColumn(title: "keeps", width: 8) { number(Double(injection.decay[$0])) },
      ContractionColumn(title: "half-life", width: 11) { number(injection.halfLife(of: $0)) },
      ContractionColumn(title: "left at r \(trained)", width: 12) {
        number(injection.left(of: $0, after: trained))
      },
      ContractionColumn(title: "takes", width: 8) { number(Double(injection.step[$0])) },
      ContractionColumn(title: "settles", width: 8) { number(injection.gain(of: $0)) },
    ]
  }
}

/// The drawing: words, bars, list.
struct ContractionView {
  private let state: ExplorerState
  private let injection: DiagonalInjection
  private let words: Rect
  private let bars: Rect
  private let list: Rect

  private static let barsWidth = 44

  init?(_ state: ExplorerState, _ rect: Rect) {
    guard let injection = state.model?.injection, rect.height > 0, rect.width > 8 else {
      return nil
    }
    self.state = state
    self.injection = injection
    let (top, below) = rect.splitTop(min(rect.height, 3))
    words = top
    let rest = below.inset(top: below.height > 12 ? 1 : 0)
    if rest.width >= 100 {
      let (left, right) = rest.splitLeft(Self.barsWidth)
      (bars, list) = (left, right.inset(left: 3))
    } else {
      let (upper, lower) = rest.splitTop(rest.height >= 26 ? 11 : rest.height >= 12 ? 6 : 0)
      (bars, list) = (upper, lower.inset(top: upper.height > 0 ? 1 : 0))
    }
  }

  /// Channels that are listed at once.
  var rows: Int { max(0, list.height - 1) }

  /// What it comes to.
  static func summary(_ injection: DiagonalInjection, _ state: ExplorerState) -> [String] {
    func kept(_ share: Double) -> String {
      injection.kept(at: share).map { Numbers.short($0) } ?? ""
    }
    func half(_ share: Double) -> String {
      injection.kept(at: share).map { kept in
        DiagonalInjection.halfLife(keeping: kept).map { Numbers.short($0) } ?? "never"
      } ?? ""
    }
    let trained = state.model?.defaultIterations ?? 1
    let order = injection.slowestFirst
    func left(_ channel: Int?) -> String {
      channel.map { Numbers.short(injection.left(of: $0, after: trained)) } ?? ""
    }
    return [
      "an iteration keeps \(kept(0)) to \(kept(1)) of a channel, median \(kept(0.5))",
      "half is left after \(half(0)) to \(half(1)) iterations, median \(half(0.5))",
      "at r \(trained), as trained, \(left(order.first)) of the slowest is left, "
        + "\(left(order.dropFirst(order.count / 2).first)) of the median",
    ]
  }

  /// `.7-.8`, the shares of a part.
  static func range(_ part: Int, of parts: Int) -> String {
    func edge(_ part: Int) -> String {
      Numbers.fixed(Double(part) / Double(parts), parts > 10 ? 2 : 1)
    }
    return "\(edge(part))-\(edge(part + 1))"
  }

  func draw(on screen: inout Screen) {
    for (line, text) in Self.summary(injection, state).enumerated() where line < words.height {
      screen.put(
        text, x: words.x + 2, y: words.y + line, style: line == 0 ? .text : .dim,
        width: max(0, words.width - 2))
    }
    drawBars(on: &screen)
    drawList(on: &screen)
  }

  private func drawBars(on screen: inout Screen) {
    guard bars.height >= 4 else { return }
    screen.put(
      Printable.padded("keeps", 11) + "channels", x: bars.x + 2, y: bars.y, style: .dim,
      width: max(0, bars.width - 2))
    let parts = bars.height > 20 ? 20 : bars.height > 10 ? 10 : bars.height > 5 ? 5 : 2
    let counts = injection.histogram(parts: parts)
    let most = max(1, counts.max() ?? 1)
    let room = min(40, bars.width - 2 - 11 - 6)
    // What keeps most stands on top, as in the list.
    for (line, part) in counts.indices.reversed().enumerated() {
      let y = bars.y + 1 + line
      screen.put(Self.range(part, of: parts), x: bars.x + 2, y: y, style: .dim)
      let bar = Bar.text(
        Double(counts[part]) / Double(most), width: room, capabilities: state.capabilities)
      let x = screen.put(bar, x: bars.x + 13, y: y, style: .series(0))
      screen.put(" \(counts[part])", x: x, y: y, style: counts[part] > 0 ? .text : .dim)
    }
  }

  private func drawList(on screen: inout Screen) {
    guard list.height >= 2 else { return }
    var columns: [ContractionColumn] = []
    var used = 2
    for column in ContractionColumn.all(injection, state) where used + column.width <= list.width {
      columns.append(column)
      used += column.width
    }
    func line(_ y: Int, _ style: Style, _ text: (ContractionColumn) -> String) {
      var x = list.x + 2
      for column in columns {
        screen.put(text(column), x: x, y: y, style: style, width: max(0, column.width - 1))
        x += column.width
      }
    }
    line(list.y, .dim, \.title)
    let order = injection.slowestFirst
    let first = min(state.contraction.first, max(0, order.count - rows))
    let shown = order.dropFirst(first).prefix(rows)
    for (row, channel) in shown.enumerated() {
      line(list.y + 1 + row, first + row == 0 ? .cursor : .text) { $0.text(channel) }
    }
    if first > 0 { screen.put(state.glyphs.up, x: list.x, y: list.y + 1, style: .accent) }
    if first + shown.count < order.count {
      screen.put(state.glyphs.down, x: list.x, y: list.y + shown.count, style: .accent)
    }
  }
}
