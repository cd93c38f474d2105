import Trajectories

/// A key that does something of the user's own.
public struct KeyBinding: Sendable {
  /// The key as it is named.
  public let name: String
  let key: Key
  let invocation: Invocation

  /// What is wrong with a binding.
  public struct Problem: Error, Sendable {
    /// Whether it is the key that is wrong, and not what it is to do.
    public let isOfKey: Bool
    /// As a sentence without its point.
    public let words: String
  }

  /// - Parameters:
  ///   - key: a character, or space, enter, tab, backspace, delete, up, down, left, right, home, end, pageup,
  ///     pagedown, f1 to f12, or ctrl- and a letter.
  ///   - line: a command with what follows it, as it is typed after the colon.
  /// - Throws: `Problem`, where there is no such key or command, or the key has a meaning that stays.
  public init(key name: String, line: String) throws(Problem) {
    guard let key = Key(named: name) else {
      throw Problem(
        isOfKey: true,
        words:
          "there is no key \"\(name)\"; keys are characters, space, up, f2, ctrl-x and the like")
    }
    if case .character(let digit) = key, digit.isNumber {
      throw Problem(isOfKey: true, words: "digits are counts, and stay so")
    }
    if key == .control("c") || key == .character(":") {
      throw Problem(isOfKey: true, words: "\(name) keeps its meaning, so that there is a way out")
    }
    guard let invocation = Invocation(parsing: line) else {
      throw Problem(isOfKey: false, words: "a key does a command, such as \"goto 8\"")
    }
    guard let command = Command.named(invocation.command) else {
      throw Problem(isOfKey: false, words: CommandLine.unknown(invocation.command))
    }
    do throws(ArgumentProblem) {
      _ = try Arguments(invocation.argument, for: command, nil)
    } catch {
      throw Problem(isOfKey: false, words: error.sentence(command.name))
    }
    (self.name, self.key, self.invocation) = (name, key, invocation)
  }

  /// What it does, as it is typed after the colon.
  public var line: String { "\(invocation)" }
}

extension Key {
  /// A key by its name in a configuration; nil where there is none.
  init?(named name: String) {
    let others: [String: Key] = [
      "space": .character(" "), "enter": .enter, "tab": .tab, "backspace": .backspace,
      "delete": .delete, "up": .up, "down": .down, "left": .left, "right": .right, "home": .home,
      "end": .end, "pageup": .pageUp, "pagedown": .pageDown, "shift-tab": .backTab,
    ]
    if name.count == 1, let character = name.first, !character.isWhitespace {
      self = .character(character)
    } else if let key = others[name] {
      self = key
    } else if name.hasPrefix("ctrl-"), name.count == 6, let letter = name.last, letter.isASCII,
      letter.isLowercase
    {
      self = .control(letter)
    } else if name.hasPrefix("f"), let number = Int(name.dropFirst()), (1...12).contains(number) {
      self = .function(number)
    } else {
      return nil
    }
  }
}

extension ExplorerOptions {
  /// What a heat map can be coloured by in every model.
  public static var metricNames: [String] { Metric.all([]).map(\.name) }
}
