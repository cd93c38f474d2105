/// Finds the matches of a program in a text, leftmost first, in the order of the alternatives.
///
/// A backtracking matcher that remembers which (fork, position) pairs have failed, so that no text
/// takes exponential time: the work is bounded by forks × length. Without captures and
/// back-references a pair that failed once fails always, also for later starting points.
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

  init(_ program: RegexProgram, text: [UInt32]) {
    self.program = program
    self.text = text
    classes = text.map(ScalarClass.of)
    wordsPerPosition = max((program.forkCount + 63) / 64, 1)
    failed = [UInt64](repeating: 0, count: (text.count + 1) * wordsPerPosition)
  }

  /// All matches that do not overlap, as ranges of scalar offsets.
  mutating func matches() -> [Range<Int>] {
    var result: [Range<Int>] = []
    var position = 0
    while position <= text.count {
      guard let end = run(from: 0, at: position) else {
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
  private mutating func run(from first: Int, at start: Int) -> Int? {
    var stack: [(instruction: Int, position: Int)] = []
    var instruction = first
    var position = start
    while true {
      var succeeds = true
      switch program.instructions[instruction] {
      case .set(let index):
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
          if isJournaling { journal.append((word, bit)) }
          stack.append((other, position))
          instruction = preferred
        } else {
          succeeds = false
        }
      case .jump(let target): instruction = target
      case .atomic(let next):
        if let end = runPart(from: instruction + 1, at: position) {
          position = end
          instruction = next
        } else {
          succeeds = false
        }
      case .lookahead(let next, let isNegative):
        succeeds = (runPart(from: instruction + 1, at: position) != nil) != isNegative
        instruction = next
      case .wordBoundary(let isNegated):
        succeeds = (isWord(position - 1) != isWord(position)) != isNegated
        instruction += 1
      case .start:
        succeeds = position == 0 || text[position - 1] == 10
        instruction += 1
      case .end:
        succeeds = position == text.count || text[position] == 10
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
  private mutating func runPart(from first: Int, at start: Int) -> Int? {
    let outer = isJournaling
    let mark = journal.count
    isJournaling = true
    let end = run(from: first, at: start)
    if end != nil {
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
