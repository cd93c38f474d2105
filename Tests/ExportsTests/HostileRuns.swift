import Checkpoints
import Exports
import Tensors
import Trajectories

/// Runs whose tokens are written to break what they are put into. Nothing here is a model.
enum HostileRuns {
  /// What could end a script, move a cursor, begin a column or turn a line.
  static let texts = [
    "</script><script>alert(1)</script>", "<!--", "\u{1b}[31m\u{7}", "a\"b,c\r\nd", "=1+1", "世界",
    "\u{202e}x\u{2028}", "]]>&amp;'", "\0", "",
  ]
  /// The id of a token that is a part of a letter.
  static let partial = texts.count

  static let vocabulary = TokenTexts(
    text: { texts.indices.contains($0) ? texts[$0] : "\u{FFFD}" },
    bytes: { $0 == partial ? [0xE4, 0xB8] : nil })

  static let ids = Array(0...partial)

  /// Numbers that differ everywhere; some are undefined.
  static func step(_ iteration: Int, tokens: Range<Int>) -> Step {
    func number(_ token: Int, _ salt: Int) -> Float {
      Float((iteration * 31 + token * 17 + salt * 7) % 97 + 1) / 98
    }
    return Step(
      iteration: iteration,
      measures: tokens.map { token in
        StateMeasure(
          norm: 5 + number(token, 1), residual: iteration == 0 ? nil : number(token, 2),
          relativeResidual: iteration == 0 ? nil : number(token, 3) / 9,
          cosine: iteration == 0 ? nil : 1 - number(token, 4) / 3,
          acceleration: iteration < 2 ? nil : number(token, 5))
      },
      readings: tokens.map { token in
        let best = (token + iteration / 2) % ids.count
        return Reading(
          entropy: number(token, 6), kl: iteration == 0 ? nil : number(token, 7),
          filteredKL: iteration == 0 ? nil : number(token, 8),
          top: [
            Candidate(id: best, text: "", probability: 0.7),
            Candidate(id: (best + 1) % ids.count, text: "", probability: 0.2),
          ])
      }, duration: .zero)
  }

  static func trajectory(_ tokens: Range<Int>, iterations: Int) -> Trajectory {
    var run = Trajectory(
      prompt: texts.joined(),
      tokens: tokens.map {
        Token(
          id: ids[$0],
          text: $0 == partial ? "\\xe4\\xb8" : DisplayText.escape(texts[$0]), isSpecial: false)
      }, start: "seed </title>", initial: step(0, tokens: tokens))
    for iteration in 1...iterations { run.append(step(iteration, tokens: tokens)) }
    run.measured(
      distanceToLast: (0...iterations).map { iteration in
        tokens.map { _ in Float(iterations - iteration) / 7 }
      })
    run.measured(
      Arrival(
        divergence: (0...iterations).map { iteration in
          tokens.map { $0 == 3 ? nil : Float(iterations - iteration) / 11 }
        }))
    return run
  }

  /// A prompt, and a token after it that left it at iteration 2.
  static var all: ExportedRuns {
    let prompt = trajectory(0..<partial, iterations: 4)
    let states = (0...4).map { iteration in
      Matrix(
        rows: partial, columns: 3,
        values: (0..<partial * 3).map { Float($0) - Float(iteration) / 3 })
    }
    return ExportedRuns(
      model: "model</script>", program: "1.2.3", parts: [],
      runs: [
        ExportedRuns.Run(
          number: 1, words: "prompt \u{1b}[2J</script>", trajectory: prompt, texts: texts,
          states: states, normed: states,
          places: (0...4).map { i in (0..<partial).map { [Float($0), Float(i)] } }),
        ExportedRuns.Run(
          number: 4, origin: .init(run: 1, iteration: 2), words: "»", firstToken: partial,
          trajectory: trajectory(partial..<partial + 1, iterations: 2), texts: ["\u{FFFD}"]),
      ], current: 4, vocabulary: vocabulary, shares: [0.5, 0.25])
  }

  /// A picture of a few lines with everything that pictures hold.
  static func picture(_ mark: Character = "x") -> Picture {
    var bold = Picture.Look(letters: 0xff8800, ground: 0x102030)
    bold.isBold = true
    var reversed = Picture.Look()
    reversed.isReversed = true
    let cells: [Picture.Cell] = [
      .init("<", look: bold), .init("&", look: bold), .init("\u{1b}"), .init("\u{202e}"),
      .init("世", width: 2), .init(" ", width: 0), .init(mark), .init("."),
      .init("╭"), .init("─"), .init("┃"), .init("⣿"), .init("▅"), .init("░"), .init(" "),
      .init("\"", look: reversed),
    ]
    return Picture(
      width: 8, height: 2, cells: cells, letters: 0x222222, ground: 0xffffff,
      title: "<title> & \u{1b}")
  }
}
