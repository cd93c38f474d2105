import LatentModels
import Testing

@testable import Trajectories

/// The language of breakpoints: what it reads, what it refuses, and what holds of a run written by hand.
@Suite struct ConditionTests {
  private static func ids(_ text: String) -> [Int]? {
    text.unicodeScalars.map { Int($0.value) }
  }

  private static func parse(_ text: String) throws -> Condition {
    try ConditionParser.parse(text, .gate, token: ids)
  }

  private static func problem(_ text: String, _ parts: MetricParts = .gate) -> ConditionError? {
    do throws(ConditionError) {
      _ = try ConditionParser.parse(text, parts, token: ids)
      return nil
    } catch {
      return error
    }
  }

  /// Beyond the likeliest a watched token is known, and of others only that they are no likelier.
  @Test func watchedTokensAreKnownExactly() throws {
    var run = run()
    let far = try Self.parse("rank(\"z\") == 40")
    let likely = try Self.parse("p(\"z\") > 0.01 || rank(\"z\") < 3")
    #expect(run.first(far, token: 0, in: 1...6) == nil)
    #expect(far.watchedTokens == [122] && likely.watchedTokens == [122])
    #expect(try Self.parse("argmax == \"z\" && entropy < 1").watchedTokens.isEmpty)
    for iteration in 0...6 {
      let standing = Standing(id: 122, rank: iteration == 4 ? 40 : 9, probability: 0.02)
      run.watched([[standing]], at: iteration, from: 0)
      // What is not there is not taken.
      run.watched([[standing], [standing]], at: iteration + 50, from: 1)
    }
    #expect(run.first(far, token: 0, in: 1...6) == 4)
    #expect(run.first(likely, token: 0, in: 1...6) == 1)
    #expect(run.first(far, token: 1, in: 1...6) == nil)
    #expect(run.steps[3].readings[0].lacks([122, 5]) && !run.steps[3].readings[0].lacks([122]))
    #expect(!Reading.diverged.lacks([122]))
  }

  /// Two tokens, six iterations. Token 0: entropies 3, 2, 1, .5, .25, .1, .05; says 'a' until 3, then
  /// 'b'. Token 1 is the same until its state is lost at 5.
  private func run() -> Trajectory {
    let entropies: [Float] = [3, 2, 1, 0.5, 0.25, 0.1, 0.05]
    func step(_ iteration: Int) -> Step {
      let (a, b) = (Int(UInt8(ascii: "a")), Int(UInt8(ascii: "b")))
      let reading = Reading(
        entropy: entropies[iteration], kl: iteration == 0 ? nil : 0.1,
        top: [
          Candidate(id: iteration < 4 ? a : b, text: "", probability: 0.8),
          Candidate(id: iteration < 4 ? b : a, text: "", probability: 0.1),
        ])
      let measure = StateMeasure(
        norm: iteration == 3 ? 30 : 5, residual: iteration == 0 ? nil : 1 / Float(iteration),
        relativeResidual: iteration == 0 ? nil : 0.2 / Float(iteration),
        cosine: iteration == 0 ? nil : 0.5)
      let lost = StateMeasure(norm: .nan, residual: .nan, relativeResidual: .nan, cosine: .nan)
      return Step(
        iteration: iteration, measures: [measure, iteration < 5 ? measure : lost],
        readings: [reading, iteration < 5 ? reading : .diverged], duration: .zero)
    }
    var run = Trajectory(
      prompt: "xy", tokens: [0, 1].map { Token(id: $0, text: "", isSpecial: false) },
      start: "zero", initial: step(0))
    for iteration in 1...6 { run.append(step(iteration)) }
    return run
  }

  @Test(
    arguments: [
      ("entropy < 0.5", [4, 5, 6]), ("entropy <= .5", [3, 4, 5, 6]), ("entropy > 1", [1]),
      ("entropy>=1", [1, 2]), ("iteration == 4", [4]), ("iteration != 4", [1, 2, 3, 5, 6]),
      ("entropy < 0.5 && iteration > 4", [5, 6]), ("entropy < .5 and iteration > 4", [5, 6]),
      ("iteration < 2 || iteration > 5", [1, 6]), ("not iteration < 5", [5, 6]),
      ("iteration < 2 || iteration > 4 && entropy < 0.1", [1, 6]),
      ("(iteration < 2 || iteration > 4) && entropy < 0.2", [5, 6]),
      ("argmax changes", [4]), ("argmax stable 3", [3, 6]), ("argmax stable 4", []),
      ("argmax == \"b\"", [4, 5, 6]), ("argmax != 'b'", [1, 2, 3]), ("argmax == #98", [4, 5, 6]),
      ("rank(\"b\") == 1", [4, 5, 6]), ("rank(\"b\") == 2", [1, 2, 3]),
      ("p(\"b\") > 0.5", [4, 5, 6]), ("norm jumps 3", [3, 4]), ("norm jumps 7", []),
      ("residual < 0.3", [4, 5, 6]), ("angle < 1.1", [1, 2, 3, 4, 5, 6]), ("angle < 1", []),
      ("exit(latent-diff)", []), ("exit(latent-diff, 0.05)", [5, 6]), ("nonfinite", []),
      ("any(nonfinite)", [5, 6]), ("all(entropy < 0.6)", [3, 4]),
      ("any(entropy < 0.6)", [3, 4, 5, 6]), ("gate > 0.5", []), ("!(gate > 0.5)", []),
      // Of a token that is not among the candidates it is known that it is no likelier than the last.
      ("rank(\"z\") > 2", [1, 2, 3, 4, 5, 6]), ("rank(\"z\") > 3", []), ("rank(\"z\") == 3", []),
      ("p(\"z\") < 0.2", [1, 2, 3, 4, 5, 6]), ("p(\"z\") < 0.05", []), ("p(\"z\") >= 0.05", []),
    ] as [(String, [Int])])
  func holdsWhere(text: String, iterations: [Int]) throws {
    let condition = try Self.parse(text)
    let run = run()
    #expect((1...6).filter { condition.holds(of: 0, in: run.instant($0)) } == iterations)
    #expect(run.first(condition, token: 0, in: 1...6) == iterations.first)
    #expect(run.first(condition, token: 0, in: 1...6, backwards: true) == iterations.last)
    // What is said of it is read as the same.
    #expect(try Self.parse(condition.description) == condition)
  }

  @Test(arguments: ["entropy < 9", "!(entropy < 9)", "argmax changes", "norm < 9", "argmax != 'x'"])
  func whatIsNotKnownIsNotSo(text: String) throws {
    let condition = try Self.parse(text)
    #expect(!condition.holds(of: 1, in: run().instant(6)))
    #expect((try Self.parse("nonfinite || \(text)")).holds(of: 1, in: run().instant(6)))
    #expect((try Self.parse("!(iteration < 1 && \(text))")).holds(of: 1, in: run().instant(6)))
  }

  @Test(
    arguments: [
      ("", 1, "a condition"), ("entropi < 0.5", 1, "did you mean entropy?"),
      ("entropy << 0.5", 10, "a number, not <"), ("entropy 0.5", 9, "<, <="),
      ("entropy < 0.5 iteration", 15, "&& or ||"), ("entropy < ", 11, "a number"),
      ("(entropy < 1", 13, ")"), ("rank(7) == 1", 6, "in quotes, as \"7\""),
      ("rank(\"ab\") == 1", 6, "#97 #98"), ("p(\"a) > 0", 3, "not closed"),
      ("argmax stable", 14, "how many iterations"), ("argmax stable 1", 15, "2 or more"),
      ("argmax stabel 3", 8, "changes, stable N"), ("exit(latent-dif)", 6, "latent-diff"),
      ("exit(nothing)", 6, "one of entropy-diff"), ("norm jumps 1", 12, "above 1"),
      ("entropy < 0.5 & iteration", 15, "& means nothing"), ("# > 1", 1, "token's id"),
      ("entropy < 1e999", 11, "no number"), ("π > 3", 1, "there is no π"),
    ])
  func saysWhatIsWrong(text: String, column: Int, problem: String) throws {
    let error = try #require(Self.problem(text))
    #expect(error.column == column, "\(error)")
    #expect(error.problem.contains(problem), "\(error)")
  }

  @Test func theGateIsRefusedWhereThereIsNone() throws {
    let error = try #require(Self.problem("gate > 0.5", []))
    #expect(error.description.contains("this model has none"))
    #expect(try #require(Self.problem("low_residual < 1")).description.contains("second vector"))
    #expect(try #require(Self.problem("prenorm > 1")).description.contains("a norm that ends"))
    #expect(Self.problem("low_residual < 1 && prenorm > 2", [.second, .lengths]) == nil)
  }

  @Test func nestingEndsSomewhere() throws {
    let deep =
      String(repeating: "!(", count: 5000) + "nonfinite" + String(repeating: ")", count: 5000)
    #expect(try #require(Self.problem(deep)).problem.contains("nested"))
    let long = Array(repeating: "entropy < 1", count: 2000).joined(separator: " || ")
    #expect(try Self.parse(long).holds(of: 0, in: run().instant(6)))
  }

  @Test(
    arguments: [
      ("ent", "entropy"), ("entropy < 1 && resi", "entropy < 1 && residual"),
      ("exit(latent", "exit(latent-diff)"), ("argmax ch", "argmax changes"), ("xyz", nil),
      ("entropy", nil), ("", nil), ("entropy_c", "entropy_change"),
    ])
  func completes(text: String, whole: String?) {
    #expect(ConditionParser.completion(of: text, .gate) == whole)
  }

  /// Random texts of the language's own pieces are read or refused, and what is read says itself.
  @Test func anythingIsReadOrRefused() throws {
    let pieces = [
      "entropy", "<", "0.5", "&&", "||", "!", "(", ")", "argmax", "changes", "stable", "3", "rank",
      "\"a\"", "any", "exit", "latent-diff", ",", "nonfinite", "jumps", "#5", "p", "==", "-1e3",
      "'",
    ]
    var state: UInt64 = 7
    var read = 0
    for _ in 0..<20_000 {
      var words: [String] = []
      for _ in 0..<8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        words.append(pieces[Int(state >> 33) % pieces.count])
        if state >> 62 == 0 { break }
      }
      guard let condition = try? Self.parse(words.joined(separator: " ")) else { continue }
      read += 1
      #expect(try Self.parse(condition.description) == condition)
      _ = condition.holds(of: 1, in: run().instant(5))
    }
    #expect(read > 100)
  }
}
