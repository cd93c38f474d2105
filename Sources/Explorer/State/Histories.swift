/// Lines that were typed, kept for those who type them again.
enum HistoryKind: String, Sendable, CaseIterable {
  case prompts
  case commands
}

extension ExplorerState {
  /// Keeps a line that was typed, here and for sessions to come.
  mutating func remember(_ line: String, as kind: HistoryKind) -> [Effect] {
    guard !line.allSatisfy(\.isWhitespace) else { return [] }
    keep(line, as: kind)
    return [.remember(kind, line)]
  }

  /// Keeps a line for this session.
  mutating func keep(_ line: String, as kind: HistoryKind) {
    switch kind {
    case .prompts: promptHistory = LineEditor.history(promptHistory, with: line)
    case .commands: commandHistory = LineEditor.history(commandHistory, with: line)
    }
  }

  /// Takes over what other sessions have kept.
  mutating func recall(_ lines: [String], of kind: HistoryKind) {
    for line in lines { keep(line, as: kind) }
  }
}
