import Tasks
import TestSupport
import Testing

@testable import Evaluation

@Suite struct NumberReadingTests {
  @Test(arguments: [
    ("So she makes $1,234.50 a day.", "1234.5"), ("The answer is 42.", "42"), ("-7", "-7"),
    ("12-5", "5"), ("x = -3, or 4?", "4"), ("x = -3", "-3"), ("3.0", "3"), ("007", "7"),
    ("-0.0", "0"), ("1.2.3", "3"), ("1,000,000", "1000000"), ("1, 2", "2"), (".5", "5"),
    ("#### 18", "18"), ("10%", "10"), ("(a)-5", "5"), ("cost: (-5)", "-5"), ("１２", nil),
    ("none", nil), ("", nil), ("-", nil),
  ]) func readsTheLast(_ text: String, _ number: String?) {
    #expect(NumberReading.last(in: text) == number)
  }
}

@Suite struct ProblemFileTests {
  private func read(_ text: String) throws -> ProblemSet {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var rest = lines.map { Array($0.utf8) }[...]
    return try ProblemFile.read(name: "p.jsonl") { rest.popFirst() }
  }

  @Test func readsPromptsAndAnswers() throws {
    let set = try read(
      #"{"prompt":"3+4?","answer":"7"}"# + "\n\n" + #"{"answer":"b","prompt":"a"}"#)
    #expect(set.kind == .exact)
    #expect(set.problems.map(\.prompt) == ["3+4?", "a"])
    #expect(set.problems.map(\.answer) == ["7", "b"])
    #expect(set.groups == [ProblemGroup(task: "problems")])
  }

  @Test func readsQuestions() throws {
    let set = try read(#####"{"question":"How many?","answer":"6 times 7\n#### 1,042"}"#####)
    #expect(set.kind == .lastNumber)
    #expect(set.problems[0].answer == "1042")
    #expect(set.problems[0].prompt == "Question: How many?\nAnswer:")
  }

  /// One broken line costs no other, and every problem keeps its number.
  @Test func aBrokenLineIsCountedApart() throws {
    let broken = [
      "{", "[1]", "\u{7}", #"{"prompt":"a"}"#, #"{"prompt":1,"answer":"b"}"#,
      #"{"prompt":"","answer":"b"}"#, #"{"prompt":"a","answer":null}"#,
      #####"{"question":"a","answer":"#### 1"}"#####,
    ]
    for line in broken {
      let good = #"{"prompt":"3+4?","answer":"7"}"#
      let set = try read("\n\(good)\n\(line)\n\(good)\n")
      #expect(set.kind == .exact && set.problems.map(\.line) == [2, 3, 4], "\(line)")
      #expect(set.problems.map { $0.defect == nil } == [true, false, true], "\(line)")
      #expect(set.fingerprint != (try read("\(good)\n\(good)")).fingerprint)
    }
  }

  @Test func bytesThatAreNoTextAreABrokenProblem() throws {
    var lines = [Array(#"{"prompt":"a","answer":"b"}"#.utf8), Array(#"{"prompt":""#.utf8) + [0xFF]]
    let set = try ProblemFile.read(name: "p") { lines.isEmpty ? nil : lines.removeFirst() }
    #expect(set.problems[1].defect?.isEmpty == false)
  }

  @Test func damagedProblemsAreReadOrRefused() {
    let text = Array(
      """
      {"prompt": "3+4?", "answer": "7"}
      {"prompt": "#0110?", "answer": "0", "why": ["parity", {"bits": 4}]}
      {"prompt": "\\u00e4\\ud83d\\ude00", "answer": "\\n"}
      """.utf8)
    var dice = Dice(seed: 10)
    var (read, refused) = (0, 0)
    for _ in 0..<Effort.times(300) {
      var lines = dice.damage(text).split(separator: 0x0A).map { Array($0) }[...]
      do {
        let set = try ProblemFile.read(name: "p\u{1B}", most: 100) { lines.popFirst() }
        #expect(set.problems.compactMap(\.defect).allSatisfy { isPrintable($0) })
        read += 1
      } catch {
        #expect(error is ProblemFile.Failure && isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(read > 50)
  }

  @Test func thereIsAnEnd() {
    let line = Array(#"{"prompt":"a","answer":"b"}"#.utf8)
    for line in [line, []] {
      var count = 0
      #expect(throws: ProblemFile.Failure.self) {
        try ProblemFile.read(name: "p", most: 100) {
          count += 1
          return line
        }
      }
      #expect(count <= 401)
    }
  }

  @Test(arguments: [
    ("", "p.jsonl: there is no problem in it."),
    ("{", "p.jsonl, line 1: "), ("[]", "line 1: an object was expected, not an array."),
    (#"{"prompt":"a"}"# + "\n" + #"{"prompt":"b"}"#, "line 1: \"answer\" is missing; no other of"),
    (#"{"prompt":1,"answer":"b"}"#, "line 1: \"prompt\" is a whole number, where a string"),
    (#"{"prompt":"a","answer":7}"#, "\"answer\" is a whole number"),
    (#"{"prompt":"a","answer":""}"#, "\"answer\" is empty."),
    (#"{"text":"a"}"#, "neither \"prompt\" nor \"question\""),
    (#####"{"question":"a","answer":"7"}"#####, "has no \"##"),
    (#####"{"question":"a","answer":"#### x"}"#####, "no number after"),
  ]) func saysWhatIsWrong(_ text: String, _ words: String) {
    #expect {
      try read(text)
    } throws: { error in
      "\(error)".contains(words)
    }
  }
}

@Suite struct DrawnProblemTests {
  @Test func aLevelIsTheSameWhateverElseIsAsked() throws {
    let task = try #require(ReasoningTask.named("swap"))
    func draw(_ levels: [Int], _ form: AnswerForm, _ count: Int) -> [EvaluationProblem] {
      TaskProblems.draw(task, difficulties: levels, form: form, count: count, seed: 1)
    }
    let few = draw([5], .latent, 10)
    #expect(draw([2, 5], .latent, 20)[20..<30] == few[...])
    // Both forms ask the same.
    let marks = zip(few, draw([5], .verbal, 10)).map {
      $0.prompt.dropLast() == $1.prompt.dropLast()
    }
    #expect(marks.allSatisfy { $0 })
    #expect(few != TaskProblems.draw(task, difficulties: [5], form: .latent, count: 10, seed: 2))
  }

  @Test func shardsShareTheProblems() throws {
    #expect(Shard("0/4") == Shard("4/4"))
    #expect(Shard("4/3") == nil)
    #expect(Shard("1") == nil && Shard("1/0") == nil && Shard("-1/2") == nil)
    let parts = try (1...3).map { try #require(Shard("\($0)/3")) }
    for number in 0..<10 { #expect(parts.filter { $0.contains(number) }.count == 1) }
  }
}
