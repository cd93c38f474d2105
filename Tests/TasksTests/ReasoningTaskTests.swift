import Tasks
import Testing

/// Prompts with answers worked out by hand.
@Suite struct TaskAnswerTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    let prompt: String
    let task: String
    let difficulty: Int
    let answer: String
    /// What can be known on the way, one character under each byte of the prompt; blank where
    /// nothing can.
    var partial = ""
    var testDescription: String { prompt }

    init(_ prompt: String, _ task: String, _ difficulty: Int, _ answer: String, _ partial: String) {
      (self.prompt, self.task, self.difficulty) = (prompt, task, difficulty)
      (self.answer, self.partial) = (answer, partial)
    }
  }

  static let goldens = [
    Golden("#0110101?", "parity", 7, "0", " 0100110"),
    Golden("#0110101!", "parity", 7, "0100110", " 0100110"),
    Golden("#1101011101?", "parity", 10, "1", " 1001101001"),
    Golden("#1?", "parity", 1, "1", " 1"),
    Golden("3+4-2+9?", "arith", 3, "4", " 3 7 5"),
    Golden("3+4-2+9!", "arith", 3, "754", " 3 7 5"),
    Golden("3+4-2+9-5+1+8-6?", "arith", 7, "2", " 3 7 5 4 9 0 8"),
    Golden("9-9-9-9?", "arith", 3, "2", " 9 0 1"),
    Golden("3+4*2-9?", "arithm", 3, "5", " 3 7 4"),
    Golden("3+4*2-9!", "arithm", 3, "745", " 3 7 4"),
    Golden("0-7*7?", "arithm", 2, "1", " 0 3"),
    Golden("%rpssr?", "rps", 4, "r", "  pss"),
    Golden("%rpssr!", "rps", 4, "pssr", "  pss"),
    Golden("@b ab bc ac?", "swap", 3, "c", "  b  a  a"),
    Golden("@b ab bc ac!", "swap", 3, "aac", "  b  a  a"),
    Golden("@c bc bc bc ab?", "swap", 4, "a", "  c  b  c  b"),
    Golden("37+85=", "add", 2, "122", "   12"),
    Golden("999+1=", "add", 3, "1000", ""),
    Golden("12345+54321=", "add", 5, "66666", "      66666"),
    // The sums of the columns, without what is carried; nothing where the columns are not known yet.
    Golden("95+68=", "add", 2, "163", "   53"),
    Golden("0+0=", "add", 1, "0", "  0"),
    Golden("a7 k3 q5 ?k", "chain", 1, "3", " 7  3  5"),
    Golden("a7 k3 q5 !k", "chain", 1, "3", " 7  3  5"),
    Golden("a7 x3 ba q5 cb ?c", "chain", 3, "7", " 7  3  7  5  7"),
    Golden("a7 x3 ba q5 cb !c", "chain", 3, "ba7", " 7  3  7  5  7"),
    // A name used before it is defined still leads somewhere; only nothing is known at its place.
    Golden("ba a7 x3 ?b", "chain", 2, "7", "    7  3"),
    Golden(">ke4z=", "copy", 4, "ke4z", ""),
  ]

  @Test(arguments: goldens) func answers(_ golden: Golden) throws {
    let (task, problem) = try #require(ReasoningTask.recognize(golden.prompt))
    #expect(task.name == golden.task)
    #expect(problem.difficulty == golden.difficulty)
    #expect(problem.answer == golden.answer)
    #expect(problem.form == (golden.prompt.contains("!") ? .verbal : .latent))
    var line = [UInt8](repeating: 0x20, count: golden.prompt.utf8.count)
    for result in problem.partialResults { line[result.offset] = result.value }
    let blanks = golden.prompt.utf8.count - golden.partial.utf8.count
    let expected = Array(golden.partial.utf8) + [UInt8](repeating: 0x20, count: blanks)
    // rps: the last hand's winner is the answer, known where that hand stands.
    if golden.task == "rps" || golden.task == "parity" {
      let last = golden.prompt.utf8.count - 2
      #expect(line[last] == problem.answer.utf8.last)
      line[last] = expected[last]
    }
    #expect(String(decoding: line, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
  }

  @Test func blanksAroundAPromptDoNotMatter() throws {
    let (task, problem) = try #require(ReasoningTask.recognize("\n 3+4-2? \n"))
    #expect(task.name == "arith")
    #expect(problem.answer == "5")
    #expect(problem.partialResults.map(\.offset) == [3, 5])
  }

  @Test(arguments: [
    "", " ", "?", "!", "#?", "#012?", "#01", "3?", "3+?", "+3?", "3+4", "3+4=?", "13+4?", "3/4?",
    "%r?", "%rx?", "%rp", "@b?", "@ab ab?", "@b aa?", "@b ab  bc?", "@b abc?", "@d ab?", "@b ab ?",
    "3+=", "+3=", "37+85", "07+5=", "1+2+3=", "a7 k3 ?q", "a7 a3 ?a", "ab ba ?a", "a7 ?", "?a",
    "a7k3 ?a", "a7 k3 ?kk", ">=", ">ab", ">a b=", ">A=", "hello", "what is 2+2?", "#０１?",
    "9999999999999999999+1=",
  ]) func otherPromptsAreNoTasks(_ prompt: String) {
    #expect(ReasoningTask.recognize(prompt) == nil)
  }
}

/// Problems as they are made.
@Suite struct TaskMakingTests {
  static func draws(_ task: ReasoningTask, _ form: AnswerForm, count: Int) -> [(Int, Problem)] {
    var random = TaskRandom(seed: 11)
    let low = task.difficulties.lowerBound
    let span = min(task.difficulties.count, 14)
    return (0..<count).map { index in
      let difficulty = low + index % span
      return (difficulty, task.make(difficulty, form, &random))
    }
  }

  @Test(arguments: ReasoningTask.all.map(\.name)) func whatIsMadeIsRecognised(
    _ name: String
  ) throws {
    let task = try #require(ReasoningTask.named(name))
    for form in task.forms {
      for (difficulty, problem) in Self.draws(task, form, count: 400) {
        let found = try #require(task.recognize(problem.prompt), "\(problem.prompt)")
        #expect(
          found
            == RecognizedProblem(
              difficulty: difficulty, form: form, answer: problem.answer,
              partialResults: problem.partialResults))
        let any = try #require(ReasoningTask.recognize("\n" + problem.prompt))
        #expect(any.problem.answer == problem.answer)
        if name != "arithm" || problem.prompt.contains("*") { #expect(any.task.name == name) }
      }
    }
  }

  @Test func mostTasksCanBeWrittenOut() {
    let written = ReasoningTask.all.filter { $0.forms.contains(.verbal) }.map(\.name)
    #expect(written == ["parity", "arith", "arithm", "rps", "swap", "chain"])
  }

  @Test(arguments: ReasoningTask.all.filter { $0.forms.contains(.verbal) }.map(\.name))
  func stepsInWritingEndWithTheAnswer(_ name: String) throws {
    let task = try #require(ReasoningTask.named(name))
    let latent = Self.draws(task, .latent, count: 200)
    let verbal = Self.draws(task, .verbal, count: 200)
    for ((difficulty, asked), (_, written)) in zip(latent, verbal) {
      #expect(written.answer.hasSuffix(asked.answer))
      #expect(asked.answer.utf8.count == 1)
      #expect(written.answer.utf8.count == difficulty)
      #expect(written.prompt.map { $0 == "!" ? "?" : $0 } == Array(asked.prompt))
    }
  }

  /// No problem is longer than its task says, and the longest are as long.
  @Test(arguments: ReasoningTask.all.map(\.name)) func noProblemIsLongerThanSaid(
    name: String
  ) throws {
    let task = try #require(ReasoningTask.named(name))
    var random = TaskRandom(seed: 21)
    for difficulty in task.difficulties where difficulty <= 12 || difficulty % 8 == 0 {
      for form in task.forms {
        let longest = (0..<200).map { _ in
          let problem = task.make(difficulty, form, &random)
          return problem.prompt.utf8.count + problem.answer.utf8.count
        }.max()
        #expect(longest == task.longest(difficulty, form), "\(difficulty) \(form)")
      }
    }
  }

  @Test func theSameSeedMakesTheSameProblems() {
    var first = TaskRandom(seed: 3, stream: 5)
    var second = TaskRandom(seed: 3, stream: 5)
    for task in ReasoningTask.all {
      #expect(task.make(3, .latent, &first) == task.make(3, .latent, &second))
    }
  }

  /// The declared chance is what always giving the commonest answer gets; for a look-up, any of the
  /// digits in sight.
  @Test(arguments: ReasoningTask.all.map(\.name)) func chanceIsAsDeclared(_ name: String) throws {
    let task = try #require(ReasoningTask.named(name))
    var random = TaskRandom(seed: 2)
    var counts: [String: Int] = [:]
    var guessed = 0.0
    // A single digit is easily guessed; sums and copies are meant of some length.
    let levels = task.chance == 0 ? Array(3...6) : Array(1...min(task.difficulties.upperBound, 6))
    let total = 6000
    for index in 0..<total {
      let problem = task.make(levels[index % levels.count], .latent, &random)
      counts[problem.answer, default: 0] += 1
      let digits = Set(problem.prompt.filter(\.isNumber))
      if name == "chain" { guessed += 1 / Double(digits.count) }
    }
    let commonest = Double(counts.values.max() ?? 0) / Double(total)
    let measured = name == "chain" ? guessed / Double(total) : commonest
    #expect(abs(measured - task.chance) < 0.025, "\(measured)")
  }

  @Test func halfOfTheSumsCarryFar() throws {
    let task = try #require(ReasoningTask.named("add"))
    var random = TaskRandom(seed: 4)
    var nines = 0
    for _ in 0..<1000 {
      let terms = task.make(5, .latent, &random).prompt.dropLast().split(separator: "+")
      let digits = terms.map { term in
        [Int](repeating: 0, count: 5 - term.count) + term.compactMap(\.wholeNumberValue)
      }
      nines += zip(digits[0], digits[1]).prefix { $0 + $1 == 9 }.count
    }
    // Leading columns of nine: two a sum on average where they are made, hardly any elsewhere.
    #expect((950...1250).contains(nines), "\(nines)")
  }

  @Test func lookUpsDefineBeforeTheyUseAndFit() throws {
    let task = try #require(ReasoningTask.named("chain"))
    var random = TaskRandom(seed: 9)
    for index in 0..<600 {
      let problem = task.make(1 + index % 6, .latent, &random)
      #expect(problem.prompt.utf8.count <= 47)
      let words = problem.prompt.split(separator: " ").dropLast().map(Array.init)
      var defined: Set<Character> = []
      for word in words {
        #expect(word[1].isNumber || defined.contains(word[1]))
        defined.insert(word[0])
      }
      #expect(defined.count == words.count)
      // Every definition's digit is known, so training can teach each of them.
      #expect(problem.partialResults.count == words.count)
    }
  }
}
