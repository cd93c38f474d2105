/// The help of the watching screen, made from the table of commands.
enum WatchHelp {
  private static let keyWidth = 8

  static func draw(_ state: WatchState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    screen.fill(rect)
    let inner = Frame.rule.draw(
      on: &screen, rect, title: "help", legend: [("any key closes", .dim)], isFocused: true,
      glyphs: state.glyphs)
    var lines: [(key: String, text: String)] = []
    for command in WatchCommand.all {
      let keys = command.keys.map { $0.label(ascii: state.glyphs.isASCII) }.joined(separator: " ")
      let words = Printable.wrapped(command.doc, max(8, inner.width - keyWidth - 2))
      lines.append((keys, words[0]))
      lines += words.dropFirst().map { ("", $0) }
    }
    lines.append(("", ""))
    for note in notes {
      let words = state.glyphs.plain(note)
      lines += Printable.wrapped(words, max(8, inner.width - 2)).map { (" ", $0) }
    }
    for (row, line) in lines.prefix(inner.height).enumerated() {
      let y = inner.y + row
      let isNote = line.key == " "
      screen.put(line.key, x: inner.x + 1, y: y, style: .key)
      screen.put(
        Printable.clip(line.text, inner.width - 2, ellipsis: state.glyphs.ellipsis),
        x: inner.x + 1 + (isNote ? 0 : keyWidth), y: y, style: isNote ? .dim : .text)
    }
  }

  private static let notes = [
    "Loss: grey, the mean of some steps; coloured, smoothed. Dots at the foot: a stage begins.",
    "Accuracy: whole answers right on fresh problems as hard as training draws them, with the "
      + "running average of the weights, after r iterations.",
    "Latent path: ln_f(s) at the last token of one prompt from the same s₀, in the plane of two "
      + "principal components. The plane stays until the steps have doubled, or P is pressed.",
    "Watching changes nothing: the bytes are those of a run nobody looks at.",
  ]
}
