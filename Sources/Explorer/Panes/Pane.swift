import LatentModels
import Trajectories

/// A place in the run that was pointed at.
struct Pick: Sendable, Hashable {
  var token: Int?
  var iteration: Int?
  var block: BlockPlace?
  /// One of the exit rules, by number.
  var rule: Int?
  /// One of the copies of a fan, by number.
  var copy: Int?
}

/// What a pane shows, for those who see it for the first time: the page that F1 opens.
struct PaneAbout: Sendable {
  /// A few words that name it.
  let title: String
  /// What is drawn, and how it is read.
  let drawn: String
  /// How that is found; nil where nothing is computed.
  var formula: String?
  /// nil where there are no numbers.
  var unit: String?
  /// Where the formula or the way of drawing comes from; nil where that is this program.
  var source: String?
  /// The numbers that are drawn, which say themselves what they are.
  var metrics: @Sendable (ExplorerState) -> [Metric] = { _ in [] }
}

/// One view of the run. To add one: a name, a file, a row in `of`, a place in the layout.
struct Pane: Sendable {
  /// The title for a pane of so many columns.
  let title: @Sendable (ExplorerState, _ width: Int) -> String
  /// What the colours and marks mean, for the title line.
  let legend: @Sendable (ExplorerState, _ width: Int) -> [(String, Style)]
  let render: @Sendable (ExplorerState, inout Screen, Rect) -> Void
  /// What lies at a point of the pane.
  let pick: @Sendable (ExplorerState, Rect, Point) -> Pick?
  let about: PaneAbout
  /// What it shows as a table, for those who read it line by line; nil where what is drawn is text already.
  var table: (@Sendable (ExplorerState) -> TextTable)?

  static func of(_ name: PaneName) -> Pane {
    switch name {
    case .heat: heatPane
    case .residuals: residualsPane
    case .entropy: entropyPane
    case .exits: exitsPane
    case .plane: planePane
    case .predictions: predictionsPane
    case .runs: runsPane
    case .inside: insidePane
    case .watched: watchedPane
    case .motion: motionPane
    case .contraction: contractionPane
    case .compare: comparePane
    case .differences: differencesPane
    case .bothPaths: bothPathsPane
    case .bothPredictions: bothPredictionsPane
    case .bothDistances: bothDistancesPane
    case .bothEntropy: bothEntropyPane
    case .variants: variantsPane
    case .causes: causesPane
    case .fan: fanPane
    case .scrub: scrubPane
    }
  }

  /// What stands where nothing is known yet.
  static func drawEmpty(
    _ state: ExplorerState, _ screen: inout Screen, _ rect: Rect, _ text: String
  ) {
    guard rect.height > 0 else { return }
    let clipped = Printable.clip(text, max(0, rect.width - 2), ellipsis: state.glyphs.ellipsis)
    let x = rect.x + max(0, (rect.width - Printable.width(clipped)) / 2)
    screen.put(clipped, x: x, y: rect.y + rect.height / 2, style: .dim)
  }
}

extension ExplorerState {
  /// A predicted or given piece of text, blanks made visible; in ASCII what stands for the end of a line
  /// and for a tab is ASCII too.
  func visible(_ text: String) -> String {
    if text.isEmpty { return "''" }
    var text = text.contains(" ") ? text.replacing(" ", with: glyphs.space) : text
    if glyphs.isASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) {
      for (mark, plain) in [("↵", "\\n"), ("⇥", "\\t")] { text = text.replacing(mark, with: plain) }
    }
    return text
  }

  /// A token for people: `16 '?'`.
  func tokenLabel(_ index: Int) -> String {
    guard let branch, index < branch.tokenCount else { return "\(index)" }
    return "\(index) '\(visible(branch.token(index).text))'"
  }
}
