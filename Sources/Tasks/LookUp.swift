extension ReasoningTask {
  /// `a7 k3 q5 ?k` → `3`, `a7 x3 q5 ba cb ?c` → `7`: names that stand for digits or for names.
  static let lookUp = ReasoningTask(
    name: "chain", title: "look-up",
    summary: "a name stands for a digit or another name; which digit: a7 k3 q5 ba ?b is 7",
    unit: "hops", difficulties: 1...6, forms: [.latent, .verbal], chance: 0.29,
    longest: { hops, form in
      // Four names for digits, those on the way, and as many others.
      let entries = 4 + hops - 1 + (hops == 1 ? 0 : hops)
      return 3 * entries + 2 + form.answerBytes(hops)
    },
    make: { Definitions(hops: $0, &$2).problem($1) },
    recognize: { prompt in
      let bytes = Array(prompt.utf8)
      guard let asked = bytes.last(where: { $0 != 0x20 && $0 != 0x0A }), asked.isLetter,
        let reading = PromptReading(
          prompt, markers: [.latent: Character(UnicodeScalar(asked))]),
        let marker = reading.body.last,
        let form = AnswerForm.allCases.first(where: { $0.marker == marker }),
        let dictionary = Definitions(reading.body.dropLast(), asked: asked)
      else { return nil }
      let problem = dictionary.problem(form)
      guard var found = reading.recognized(difficulty: dictionary.path.count, as: problem) else {
        return nil
      }
      found.form = form
      return found
    })

  /// Definitions of two bytes each, and the name asked for.
  private struct Definitions {
    private var entries: [(name: UInt8, value: UInt8)] = []
    private var asked: UInt8 = 0
    private static let alphabet = Array(UInt8(ascii: "a")...UInt8(ascii: "z"))
    /// What is met on the way from the name asked for: names, then the digit.
    private(set) var path: [UInt8] = []

    /// Three or four digits, so that guessing one that is visible is wrong most of the time; then
    /// names for names, those on the way and up to as many again, each after what it names.
    init(hops: Int, _ random: inout TaskRandom) {
      var names = TaskRandom.shuffled(Self.alphabet, &random)
      let digits = TaskRandom.shuffled((0..<10).map(UInt8.init(digit:)), &random)
      let roots = 3 + random.below(2)
      var depth: [UInt8: Int] = [:]
      func define(_ value: UInt8, depth level: Int) -> UInt8 {
        let name = names.removeLast()
        entries.append((name, value))
        depth[name] = level
        return name
      }
      for root in 0..<roots { asked = define(digits[root], depth: 1) }
      for hop in 1..<hops { asked = define(asked, depth: hop + 1) }
      let others = hops == 1 ? 0 : random.below(hops + 1)
      for _ in 0..<others {
        let below = entries.map(\.name).filter { (depth[$0] ?? 0) < hops }
        let target = below[random.below(below.count)]
        _ = define(target, depth: (depth[target] ?? 0) + 1)
      }
      entries = Self.inOrder(entries, &random)
      path = resolve(asked) ?? []
    }

    /// A random order with every name defined before it is used.
    private static func inOrder(
      _ entries: [(name: UInt8, value: UInt8)], _ random: inout TaskRandom
    ) -> [(name: UInt8, value: UInt8)] {
      var waiting = entries
      var ordered: [(name: UInt8, value: UInt8)] = []
      while !waiting.isEmpty {
        let ready = waiting.indices.filter { index in
          !waiting.contains { $0.name == waiting[index].value }
        }
        ordered.append(waiting.remove(at: ready[random.below(ready.count)]))
      }
      return ordered
    }

    /// Reads `a7 k3 ba `; any order will do.
    init?(_ bytes: ArraySlice<UInt8>, asked: UInt8) {
      self.asked = asked
      for word in bytes.split(separator: UInt8(ascii: " ")) {
        guard word.count == 2, let name = word.first, let value = word.last, name.isLetter,
          value.isLetter || value.digitValue != nil,
          !entries.contains(where: { $0.name == name })
        else { return nil }
        entries.append((name, value))
      }
      guard let path = resolve(asked) else { return nil }
      self.path = path
    }

    /// What a name leads to, step by step; nil where it leads nowhere or in a circle.
    private func resolve(_ name: UInt8) -> [UInt8]? {
      var path: [UInt8] = []
      var current = name
      while let entry = entries.first(where: { $0.name == current }) {
        path.append(entry.value)
        if entry.value.digitValue != nil { return path }
        if path.count > entries.count { return nil }
        current = entry.value
      }
      return nil
    }

    /// At the second byte of every definition the digit it comes to can be known, if the names it
    /// needs stand before it.
    func problem(_ form: AnswerForm) -> Problem {
      var prompt: [UInt8] = []
      var partial: [PartialResult] = []
      var known: [UInt8: UInt8] = [:]
      for entry in entries {
        prompt += [entry.name, entry.value]
        let digit = entry.value.digitValue == nil ? known[entry.value] : entry.value
        if let digit {
          known[entry.name] = digit
          partial.append(PartialResult(offset: prompt.count - 1, value: digit))
        }
        prompt.append(UInt8(ascii: " "))
      }
      return Problem(
        prompt: String(decoding: prompt + [form.marker, asked], as: UTF8.self), results: path,
        form: form, partialResults: partial)
    }
  }
}
