/// Finds the matches of a program in a text, leftmost first, in the order of the alternatives.
///
/// A backtracking matcher that remembers which (fork, position) pairs have failed, so that no text
/// takes exponential time: the work is bounded by forks × length. Without captures and
/// back-references a pair that failed once fails always, also for later starting points. Only what
/// a look-ahead or atomic group tried is tried again after it succeeded; patterns that nest these so
/// that the work grows without end come to the end of `TokenizerWork`.
struct RegexMatcher {
  private let program: RegexProgram
  private let text: [UInt32]
  private let classes: [UInt64]  // [text], see ScalarClass
  private let wordsPerPosition: Int
  /// Bit (position, fork): tried already, and failed.
  private var failed: [UInt64]
  /// The pairs marked since the innermost look-ahead or atomic group began, as (word, bit).
  private var journal: [(word: Int, bit: UInt64)] = []
  private var isJournaling = false

  init(
    _ program: RegexProgram, text: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) {
    self.program = program
    self.text = text
    wordsPerPosition = max((program.forkCount + 63) / 64, 1)
    let words = (text.count + 1) * wordsPerPosition
    try work.remember(words)
    try work.spend(text.count + words, on: "a regular expression")
    classes = text.map(ScalarClass.of)
    failed = [UInt64](repeating: 0, count: words)
  }

  /// All matches that do not overlap, as ranges of scalar offsets.
  mutating func matches(
    _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var position = 0
    while position <= text.count {
      guard let end = try run(from: 0, at: position, &work) else {
        position += 1
        continue
      }
      // Pairs at the end of a match may have been tried on the way to success.
      for word in end * wordsPerPosition..<(end + 1) * wordsPerPosition { failed[word] = 0 }
      if end == position {
        // No empty match right behind another match.
        if result.last?.upperBound != position { result.append(position..<position) }
        position += 1
      } else {
        result.append(position..<end)
        position = end
      }
    }
    return result
  }

  /// Runs the program from an instruction to `accept`; the end of the match, or nil.
  private mutating func run(
    from first: Int, at start: Int, _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> Int? {
    var stack: [(instruction: Int, position: Int)] = []
    var instruction = first
    var position = start
    while true {
      var succeeds = true
      try work.spend(1, on: "a regular expression")
      switch program.instructions[instruction] {
      case .set(let index):
        // A class of many classes is that much more work.
        let parts = program.sets[index].unions.count
        if parts > 0 { try work.spend(parts, on: "a regular expression") }
        if position < text.count,
          program.sets[index].contains(text[position], classes: classes[position])
        {
          position += 1
          instruction += 1
        } else {
          succeeds = false
        }
      case .fork(let preferred, let other, let fork):
        let word = position * wordsPerPosition + fork >> 6
        let bit: UInt64 = 1 << UInt64(fork & 63)
        if failed[word] & bit == 0 {
          failed[word] |= bit
          if isJournaling {
            journal.append((word, bit))
            if journal.count & 0xFFFF == 0 { try work.remember(journal.count) }
          }
          stack.append((other, position))
          if stack.count & 0xFFFF == 0 { try work.remember(stack.count) }
          instruction = preferred
        } else {
          succeeds = false
        }
      case .jump(let target): instruction = target
      case .atomic(let next):
        if let end = try runPart(from: instruction + 1, at: position, &work) {
          position = end
          instruction = next
        } else {
          succeeds = false
        }
      case .lookahead(let next, let isNegative):
        succeeds = (try runPart(from: instruction + 1, at: position, &work) != nil) != isNegative
        instruction = next
      case .wordBoundary(let isNegated):
        succeeds = (isWord(position - 1) != isWord(position)) != isNegated
        instruction += 1
      case .start(let isLine):
        // No line begins at the very end, behind a last line break.
        succeeds =
          position == 0 || isLine && position < text.count && text[position - 1] == 10
        instruction += 1
      case .end(let isLine):
        succeeds = position == text.count || isLine && text[position] == 10
        instruction += 1
      case .accept: return position
      }
      if !succeeds {
        guard let top = stack.popLast() else { return nil }
        (instruction, position) = top
      }
    }
  }

  /// Runs a look-ahead or atomic group. When it succeeds, what it tried has not failed: unmark it.
  private mutating func runPart(
    from first: Int, at start: Int, _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> Int? {
    let outer = isJournaling
    let mark = journal.count
    isJournaling = true
    let end = try run(from: first, at: start, &work)
    if end != nil {
      try work.spend(journal.count - mark, on: "a regular expression")
      for entry in journal[mark...] { failed[entry.word] &= ~entry.bit }
      journal.removeSubrange(mark...)
    } else if !outer {
      journal.removeAll(keepingCapacity: true)
    }
    isJournaling = outer
    return end
  }

  private func isWord(_ position: Int) -> Bool {
    position >= 0 && position < text.count && classes[position] & ScalarClass.looseWord != 0
  }
}
