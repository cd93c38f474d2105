import Exports
import Trajectories

extension Picture {
  /// A screen, or a part of it, as a theme shows it.
  /// - Parameter hasColour: false where nothing may be told by colour.
  init(_ screen: Screen, in rect: Rect, theme: Theme, hasColour: Bool, title: String) {
    let colours = hasColour ? theme.colours : nil
    var looks: [Style: Look] = [:]
    var cells: [Cell] = []
    let columns = max(0, rect.x)..<max(0, rect.x, min(rect.maxX, screen.size.width))
    let rows = max(0, rect.y)..<max(0, rect.y, min(rect.maxY, screen.size.height))
    for y in rows {
      for x in columns {
        let cell = screen[x, y]
        let look =
          looks[cell.style] ?? Look(theme.resolve(cell.style, hasColour ? .truecolor : .none))
        looks[cell.style] = look
        // Half of a wide character is none.
        let isHalf =
          x == columns.lowerBound && cell.width == 0 || x + cell.width > columns.upperBound
        cells.append(
          isHalf ? Cell(" ", look: look) : Cell(cell.character, width: cell.width, look: look))
      }
    }
    // Where a theme leaves letters and page to the terminal: a dark page is as dark as it may be at worst,
    // a light one is paper.
    let isDark = theme == .dark && hasColour
    self.init(
      width: columns.count, height: rows.count, cells: cells,
      letters: colours?.text?.rgb ?? (isDark ? 0xdde3ec : 0x1f2937),
      ground: colours?.ground?.rgb ?? (isDark ? ThemeColours.dark.assumedGround.rgb : 0xffffff),
      title: title)
  }
}

extension Picture.Look {
  fileprivate init(_ style: ResolvedStyle) {
    self.init(letters: style.foreground?.rgb, ground: style.background?.rgb)
    isBold = style.isBold
    isDim = style.isDim
    isUnderlined = style.isUnderlined
    isReversed = style.isReversed
  }
}

extension ExplorerState {
  /// The pane in front: the one that fills the screen, or else the one with the focus.
  var paneInFront: PaneName { zoom ?? focus }

  /// The screen as a picture, or one of its panes; one that is not in sight as it would fill the screen.
  func picture(of pane: PaneName? = nil) -> Picture {
    var shown = self
    // What is being typed or read is no part of what is looked at.
    shown.mode = .normal
    shown.message = nil
    guard let pane else {
      return shown.picture(in: Rect(size), title: "\(promptText), r \(cursor.iteration)")
    }
    if Layout(shown).place(pane) == nil { (shown.zoom, shown.focus) = (pane, pane) }
    let rect = Layout(shown).place(pane)?.rect ?? Rect(size)
    return shown.picture(
      in: rect, title: "\(Pane.of(pane).title(shown, rect.width)), \(promptText)")
  }

  private func picture(in rect: Rect, title: String) -> Picture {
    Picture(
      render(self), in: rect, theme: theme, hasColour: capabilities.colours != .none,
      title: Printable.line(title))
  }

  /// A pane as text, with its title and without its frame.
  func paneText(_ pane: PaneName) -> String {
    var shown = self
    shown.mode = .normal
    shown.message = nil
    if Layout(shown).place(pane) == nil { (shown.zoom, shown.focus) = (pane, pane) }
    guard let place = Layout(shown).place(pane) else { return shown.picture().text }
    let text = shown.picture(in: place.inner(shown), title: "").text
    guard place.frame != nil else { return text }
    return Printable.line(Pane.of(pane).title(shown, place.rect.width)) + "\n" + text
  }

  /// The run in view from s₀ on, as the screen shows it while one looks back on it, at the speed that is set;
  /// flips of the selected token are marked.
  func film() -> Film {
    var shown = self
    shown.isPlaying = false
    let pace = 1 / (speed ?? Self.speeds.compactMap(\.self).last ?? 4)
    let flips = Set(flips)
    let frames = (0...max(0, edge)).map { iteration in
      shown.cursor.iteration = iteration
      return Film.Frame(
        time: Double(iteration) * pace, shown.picture(),
        marker: flips.contains(iteration) ? flipWords(at: iteration) : nil)
    }
    return Film(frames, title: Printable.line("\(promptText), \(startLabel)"))
  }

  /// What happened at a flip of the selected token.
  func flipWords(at iteration: Int) -> String {
    func said(_ iteration: Int) -> String {
      branch?.reading(Address(token: cursor.token, iteration: iteration))?.best
        .map { visible($0.text) } ?? "nothing"
    }
    return
      "r \(iteration): \(tokenLabel(cursor.token)) says \(said(iteration)), before \(said(iteration - 1))"
  }
}
