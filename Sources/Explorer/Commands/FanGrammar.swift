import ParallelScaling

/// What is typed after `copies`: `64 dropout 0.1 held seed 3`, each part where it is wanted.
struct FanWish: Sendable, Equatable {
  var count: Int?
  var way: EnsembleQuestion.Way?
  var seed: UInt64?

  /// What is wrong, and where, in characters from 1.
  struct Problem: Error, Equatable {
    let column: Int
    let words: String
  }

  init() {}

  init(parsing text: String) throws(Problem) {
    var words = Self.words(text)[...]
    while let (word, column) = words.popFirst() {
      if word == "starts" {
        way = .starts
      } else if word == "seed" {
        guard let next = words.popFirst(), let number = UInt64(next.word) else {
          throw Problem(column: column, words: "seed takes a whole number from 0: seed 3")
        }
        seed = number
      } else if let number = Int(word) {
        guard (2...Fanning.mostCopies).contains(number) else {
          throw Problem(
            column: column,
            words:
              "2 to \(Fanning.mostCopies) copies here, not \(number); muninn sample takes more")
        }
        count = number
      } else if let kind = PerturbationKind.named(word) {
        way = try Self.perturbed(kind, at: column, &words)
      } else {
        throw Problem(
          column: column, words: "no '\(word)'; noise, relative-noise, dropout, noise-on-e, starts")
      }
    }
  }

  private static func perturbed(
    _ kind: PerturbationKind, at column: Int, _ words: inout ArraySlice<(word: String, column: Int)>
  ) throws(Problem) -> EnsembleQuestion.Way {
    let (unit, range) = (kind.strength.unit, kind.strength.range)
    guard let next = words.first, let strength = Float(next.word) else {
      throw Problem(column: column, words: "\(kind.name) takes a \(unit): \(kind.name) 0.3")
    }
    words.removeFirst()
    guard range.contains(strength), strength > 0 else {
      throw Problem(
        column: next.column,
        words: "\(kind.name) takes a \(unit) above 0 and below \(range.upperBound)")
    }
    guard let held = words.first, held.word == "held" else {
      return .perturbed(kind.name, strength, isHeld: false)
    }
    words.removeFirst()
    guard kind.canBeHeld else {
      throw Problem(column: held.column, words: "\(kind.name) is drawn anew; dropout can be held")
    }
    return .perturbed(kind.name, strength, isHeld: true)
  }

  private static func words(_ text: String) -> [(word: String, column: Int)] {
    var words: [(word: String, column: Int)] = []
    var isInside = false
    for (offset, character) in text.enumerated() {
      if character == " " {
        isInside = false
      } else if isInside {
        words[words.count - 1].word.append(character)
      } else {
        words.append((String(character), offset + 1))
        isInside = true
      }
    }
    return words
  }

  /// The last word of a text, completed where one word alone begins so.
  static func completion(of text: String) -> String? {
    let space = text.lastIndex(of: " ").map { text.index(after: $0) } ?? text.startIndex
    let word = text[space...]
    let names = PerturbationKind.all.map(\.name) + ["starts", "held", "seed"]
    let matches = names.filter { $0.hasPrefix(word) }
    guard let match = matches.count == 1 ? matches[0] : nil, match != word else { return nil }
    return text[..<space] + match + " "
  }
}
