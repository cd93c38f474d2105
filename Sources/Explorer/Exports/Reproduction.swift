import Engine
import LatentModels
import Tensors
import Trajectories

/// The command line that leads to what is looked at.
enum Reproduction {
  /// A line for a shell, without its end.
  static func line(of state: ExplorerState) -> String {
    var words = ["muninn", "explore"] + state.openedWith
    let isPlain = plainView(state) != nil
    words += promptWords(isPlain ? state.prompt : state.wishedPrompt)
    words += startWords(isPlain ? state.start : state.wishedStart, state)
    if isPlain {
      words += ["--steps", "\(max(1, state.branch?.passages[0].trajectory.lastIteration ?? 1))"]
    } else if let iterations = state.wishedIterations {
      words += ["--steps", "\(iterations)"]
    }
    if state.theme != .dark { words += ["--theme", state.theme.rawValue] }
    if state.capabilities.glyphs != .braille {
      words += ["--glyphs", state.capabilities.glyphs.rawValue]
    }
    let acts = plainView(state) ?? state.sessionLog.lines.filter(\.isAct).map(\.description)
    for act in acts { words += ["--do", act] }
    return words.map(quoted).joined(separator: " ")
  }

  /// The acts that lead from one run to what is seen of it; nil where it takes the whole session.
  private static func plainView(_ state: ExplorerState) -> [String]? {
    // What has panes of its own was asked for by acts of its own.
    let plain: Set<PaneName> = [.heat, .plane, .predictions, .residuals, .entropy, .exits]
    guard state.runs.tree.count == 1, state.zoom.map(plain.contains) ?? true,
      state.watching.ids.isEmpty, !state.isComparing, !state.thinksOnce
    else { return nil }
    var acts: [String] = []
    func add(_ command: String, _ argument: String) {
      acts.append("\(Invocation(command, argument))")
    }
    if state.metricIndex != 0 { add("metric", state.metric.name) }
    if let width = state.cellWidth { add("cell-width", "\(width)") }
    if !state.showsText { acts.append("cells") }
    if let zoom = state.zoom { add("zoom", "\(zoom)") }
    add("goto", "\(state.cursor)")
    return acts
  }

  private static func promptWords(_ prompt: PromptSource) -> [String] {
    switch prompt {
    case .text(let text): ["--prompt", text]
    case .ids(let ids): ["--prompt-ids", ids.map(String.init).joined(separator: ",")]
    }
  }

  private static func startWords(_ start: Start, _ state: ExplorerState) -> [String] {
    switch start {
    case .usual, .embedded, .placed: []
    case .zero: ["--zero-state"]
    case .given(let label): ["--initial-state", label]
    case .seeded(let seed, let form, _):
      ["--seed", "\(seed)"]
        + (form.truncation == SeedForm().truncation
          ? [] : ["--seed-form", form.truncation.rawValue])
        + (form.type == SeedForm().type ? [] : ["--seed-type", form.type.rawValue])
    }
  }

  /// A word as a shell takes it whatever is in it; controls as `$'…'` has them.
  static func quoted(_ word: String) -> String {
    func isPlain(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./,:=+@%".utf8.contains(byte)
      }
    }
    if !word.isEmpty, word.utf8.allSatisfy(isPlain) { return word }
    let isHidden = word.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
    guard isHidden else { return "'" + word.replacing("'", with: "'\\''") + "'" }
    // Bash, zsh and ksh; every byte that is not plain as \xNN.
    return "$'"
      + word.utf8.map { byte in
        if isPlain(byte) || byte == UInt8(ascii: " ") { return String(UnicodeScalar(byte)) }
        return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined() + "'"
  }
}

extension ExplorerState {
  fileprivate var thinksOnce: Bool { model?.thinksOnce ?? false }
}

extension LogLine {
  /// Whether it does something, beside when it is done.
  fileprivate var isAct: Bool {
    switch self {
    case .invocation, .when: true
    case .comment, .size, .pause, .expect, .tell, .wait: false
    }
  }
}
