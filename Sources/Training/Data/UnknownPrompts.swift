import Tasks

/// Prompts of no known form, answered `?`: a model that has seen some says that it does not know
/// instead of guessing with confidence.
///
/// They are of three kinds: characters by chance, problems with one character spoilt, and words of
/// the plain text. None of them is a problem that any task recognises.
public struct UnknownPrompts: Sendable {
  /// The name in a mix.
  public static let name = "unknown"
  /// What the model should say.
  public static let answer = "?"
  private static let marker = UInt8(ascii: "?")

  /// Tasks whose problems are spoilt.
  let tasks: [ReasoningTask]
  let text: PlainText?

  /// A prompt that ends in the marker.
  func make(_ random: inout TaskRandom) -> Problem {
    while true {
      var bytes: [UInt8]
      switch random.below(3) {
      case 0: bytes = chance(&random)
      case 1: bytes = spoilt(&random) ?? chance(&random)
      default: bytes = text.map { $0.words(2 + random.below(4), &random) } ?? chance(&random)
      }
      if bytes.last != Self.marker { bytes.append(Self.marker) }
      let prompt = String(decoding: bytes, as: UTF8.self)
      if !ReasoningTask.all.contains(where: { $0.recognize(prompt) != nil }) {
        return Problem(prompt: prompt, answer: Self.answer)
      }
    }
  }

  /// 1 to 16 printable characters, mostly those that problems are made of.
  private func chance(_ random: inout TaskRandom) -> [UInt8] {
    let usual = Array("0123456789abcdefghijklmnopqrstuvwxyz +-*=#@%>".utf8)
    return (0..<1 + random.below(16)).map { _ in
      random.below(8) == 0 ? UInt8(0x20 + random.below(95)) : usual[random.below(usual.count)]
    }
  }

  /// A problem with one character replaced, left out or doubled.
  private func spoilt(_ random: inout TaskRandom) -> [UInt8]? {
    guard !tasks.isEmpty else { return nil }
    let task = tasks[random.below(tasks.count)]
    let difficulties = task.difficulties
    let difficulty = difficulties.lowerBound + random.below(min(6, difficulties.count))
    let form = task.forms.contains(.latent) ? AnswerForm.latent : task.forms[0]
    var bytes = Array(task.make(difficulty, form, &random).prompt.utf8)
    guard bytes.count > 1 else { return nil }
    let place = random.below(bytes.count - 1)
    switch random.below(3) {
    case 0: bytes[place] = UInt8(0x21 + random.below(94))
    case 1: bytes.remove(at: place)
    default: bytes.insert(bytes[place], at: place)
    }
    return bytes
  }
}
