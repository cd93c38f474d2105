import LatentModels
import Trajectories

/// What two branches come to, in a sentence.
let comparePane = Pane(
  title: { _, _ in "compare" },
  legend: { _, _ in [] },
  render: { state, screen, rect in
    guard let both = state.bothBranches, let labels = state.pairLabels else {
      return
    }
    let finding = both.finding
    let isASCII = state.glyphs.isASCII
    let whole = finding.words(labels, isASCII: isASCII, number: Numbers.short)
    // The titles say what the two are as well.
    let words =
      Printable.width(whole) <= rect.width - 2
      ? whole : finding.shortWords(isASCII: isASCII, number: Numbers.short)
    let lines = Printable.wrapped(words, max(1, rect.width - 2))
    for (line, text) in lines.prefix(rect.height).enumerated() {
      // What has no line of its own is cut at the end of the last.
      let isLast = line == rect.height - 1 && lines.count > rect.height
      let shown = isLast ? lines[line...].joined(separator: " ") : text
      screen.put(
        Printable.clip(shown, rect.width - 2, ellipsis: state.glyphs.ellipsis), x: rect.x + 1,
        y: rect.y + line, style: Style.accent.bold())
    }
  },
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "two runs compared",
    drawn:
      "What two runs come to in a sentence: which is A and which is B, what each answers and "
      + "since when, and where they part first. Below it each pane shows both.",
    formula:
      "KL(A ‖ B) of the two predictions at the same token and iteration; they part where they first "
      + "say different things.",
    unit: "nats"))

extension Pane {
  /// What stands in the panes of two branches where one is gone.
  static let noOther = "the other branch is gone; u brings it back"

  /// The same, where no pane beside it says so.
  static func drawNoOther(_ state: ExplorerState, _ screen: inout Screen, _ rect: Rect) {
    if state.zoom != .compare { drawEmpty(state, &screen, rect, noOther) }
  }
}

extension ExplorerState {
  /// How the two branches look, wherever they are told apart: A is a line, B a broken one.
  static let styleOfA = Style.series(0)
  static let styleOfB = Style.series(1)

  /// `A run 2  B run 1`, for the title lines.
  var pairLegend: [(String, Style)] {
    pair.map { [("A run \($0.a)", Self.styleOfA), ("B run \($0.b)", Self.styleOfB)] } ?? []
  }
}
