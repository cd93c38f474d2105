import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Keys, mouse, sizes and time at random, answers late: nothing traps, every picture fits, and the
/// cursor stays inside the run.
@Suite struct StormTests {
  private static let sizes = [
    Size(width: 1, height: 1), Size(width: 2, height: 50), Size(width: 300, height: 1),
    Size(width: 15, height: 3), Size(width: 40, height: 12), Size(width: 79, height: 23),
    Size(width: 80, height: 24), Size(width: 80, height: 24), Size(width: 120, height: 40),
    Size(width: 300, height: 100), Size(width: 0, height: 0),
  ]
  private static let special: [Key] = [
    .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .enter, .enter, .escape, .escape,
    .tab, .backTab, .backspace, .delete, .function(1), .function(12), .control("c"),
    .control("l"), .control("u"), .control("w"), .control("a"), .control("z"),
    .control("r"), .control("y"), .control("j"), .alt(.character("b")), .alt(.backspace),
    .alt(.enter), .alt(.character("x")), .alt(.escape),
  ]
  private static let texts = [
    "", "7+8?", "#0110?", "日本語", "e\u{301}\u{301}", "\u{1B}[2J", "a\nb\tc", "\u{202E}abc", "👨‍👩‍👧🇩🇪",
    String(repeating: "1+", count: 40) + "1?", "goto 8:1", "each kl", "each 3",
    "watch 2,8,#250", "unwatch", "goto 12:p.1", "goto 3:1.c.1", "find rank(\"2\") == 1",
    "copies 64 dropout 0.1 held", "copies starts",
    "sample temperature=0.8", "sample temperature=0", "seed 18446744073709551615", "zoom plane",
    "messages", "find \"+", "24", "12:8", "append 9223372036854775807", "goto -1:-1",
    "extend 9999999", "\u{0}",
  ]

  private func key(_ dice: inout Dice) -> Key {
    switch dice.below(11) {
    case 0: return dice.one(of: Self.special)
    case 10: return .character(dice.one(of: Array("/:?G")))
    case 1: return .paste(dice.one(of: Self.texts))
    case 2...4: return dice.one(of: Command.all.flatMap(\.keys))
    case 5: return .character(dice.one(of: Array("0123456789")))
    case 6: return .character(dice.one(of: Array(".eéß日\u{301}\u{7F}\u{1}")))
    default:
      return .character(Character(Unicode.Scalar(UInt8(0x20 + dice.below(0x5F)))))
    }
  }

  private func event(_ dice: inout Dice, _ state: ExplorerState) -> ExplorerEvent {
    switch dice.below(40) {
    case 0: return .resize(dice.one(of: Self.sizes))
    // What is large takes long to draw.
    case 1: return .resize(Size(width: 80, height: 24))
    case 2: return .interrupt
    case 3...9: return .tick(now: state.now + Double(dice.below(50)) / 50)
    case 10...17:
      let action: MouseEvent.Action = dice.one(of: [.press, .press, .drag, .wheelUp, .wheelDown])
      let place = Point(
        x: dice.below(state.size.width + 3) - 1, y: dice.below(state.size.height + 3) - 1)
      return .mouse(MouseEvent(action: action, at: place))
    default: return .key(key(&dice))
    }
  }

  /// What is wrong with a picture, in words.
  private func faults(_ screen: Screen, size: Size) -> [String] {
    var faults: [String] = []
    if screen.size != size || screen.cells.count != size.width * size.height {
      return ["\(screen.cells.count) cells, \(screen.size)"]
    }
    for y in 0..<size.height {
      let cells = screen.cells[y * size.width..<(y + 1) * size.width]
      if cells.reduce(0, { $0 + $1.width }) != size.width { faults.append("width of row \(y)") }
      let isClean = cells.allSatisfy { cell in
        cell.character.unicodeScalars.allSatisfy {
          let category = $0.properties.generalCategory
          return category != .control && category != .format
        }
      }
      if !isClean { faults.append("controls in row \(y)") }
    }
    if let caret = screen.caret, !screen.bounds.contains(caret) { faults.append("caret \(caret)") }
    return faults
  }

  private func faults(_ state: ExplorerState) -> [String] {
    var faults: [String] = []
    if state.cursor.token < 0 || state.cursor.token >= max(1, state.tokenCount) {
      faults.append("token \(state.cursor.token) of \(state.tokenCount)")
    }
    if state.cursor.iteration < 0 || state.cursor.iteration > state.edge {
      faults.append("iteration \(state.cursor.iteration) of \(state.edge)")
    }
    if state.liveTarget > Playback.maximumIterations { faults.append("target \(state.target)") }
    return faults
  }

  /// The last picture, and every mode that was entered.
  private func storm(seed: UInt64, events: Int) -> (picture: String, modes: Set<String>) {
    var dice = Dice(seed: seed)
    var session = Session(
      capabilities: seed % 3 == 0 ? .plain : .full, theme: dice.one(of: Theme.allCases),
      runToTarget: seed % 2 == 0)
    session.state.gallery = GalleryTests.entries
    var modes: Set<String> = []
    for number in 0..<events {
      let event = event(&dice, session.state)
      session.send(event)
      if dice.below(3) > 0 {
        for answer in session.service.takeEvents() { session.send(.compute(answer)) }
      }
      let state = session.state
      modes.insert("\(state.mode)".prefix { $0 != "(" }.description)
      let faults = faults(state) + faults(session.screen, size: state.size)
      #expect(faults.isEmpty, "seed \(seed), event \(number): \(event)")
      if !faults.isEmpty { break }
    }
    return (session.screen.text, modes)
  }

  @Test(arguments: UInt64(1)...4) func theExplorerStands(seed: UInt64) {
    let modes = storm(seed: seed, events: Effort.times(250)).modes
    #expect(modes.count >= 3, "of five modes only \(modes) were entered")
  }

  @Test func theSameEventsGiveTheSamePicture() {
    let first = storm(seed: 99, events: 150).picture
    #expect(first == storm(seed: 99, events: 150).picture)
    #expect(first != storm(seed: 98, events: 150).picture)
  }

  /// The screen that watches training, told numbers of every kind.
  @Test(arguments: UInt64(1)...2) func theWatchStands(seed: UInt64) {
    var dice = Dice(seed: seed)
    var state = WatchTests.state(steps: seed == 1 ? 0 : 600)
    let numbers = [0, -1, 1e300, -1e300, .nan, .infinity, 0.25, 1e-300]
    for number in 0..<Effort.times(200) {
      let event: WatchEvent
      switch dice.below(12) {
      case 0: event = .resize(dice.one(of: Self.sizes))
      case 1: event = .resize(Size(width: 80, height: 24))
      case 2: event = .signal(15)
      case 3:
        let step = TrainingStep(
          step: dice.one(of: [0, 700, 20_000, 900_000]), stage: dice.one(of: [0, 2, 9]),
          loss: dice.one(of: numbers), iterations: dice.below(200),
          tokensPerSecond: dice.one(of: numbers), secondsLeft: dice.one(of: numbers))
        event = .training(.step(step))
      case 4:
        let record = TrainingRecord(
          step: 600 + number, loss: dice.one(of: numbers), limits: ["arith": dice.below(20)],
          accuracy: nil)
        event = .training(.record(record))
      case 5:
        let other: TrainingEvent = dice.one(of: [
          .saved(step: dice.below(1_000)), .paused(true), .paused(false),
          .looked(WatchTests.paths(700)), .ended(.stopped),
        ])
        event = .training(other)
      default: event = .key(key(&dice))
      }
      _ = update(&state, event)
      let faults = faults(render(state), size: state.size)
      #expect(faults.isEmpty, "seed \(seed), event \(number): \(event)")
      if !faults.isEmpty { break }
    }
  }
}
