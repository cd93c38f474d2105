import ArgumentParser
import Evaluation
import LatentModels
import Tasks
import Tensors
import Trajectories

extension AnswerForm: ExpressibleByArgument {}

/// Which problems of which tasks.
struct TaskOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "\(ReasoningTask.all.map(\.name).joined(separator: ", ")), several with commas, or all.",
      valueName: "names"))
  var task: String?

  @Option(
    help: ArgumentHelp(
      "Levels, such as 1-9,13 (default: a few, and some beyond the embedded model's training).",
      valueName: "list"))
  var difficulty: String?

  @Option(help: "Answer at once (latent), or with the steps written out (verbal); may be repeated.")
  var form: [AnswerForm] = []

  @Option(name: [.customShort("n"), .long], help: "Problems of every level.")
  var count = 100

  @Option(help: "Seed the problems are drawn from.")
  var problemSeed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "Problems as JSON lines: prompt and answer; or question and answer as GSM8K has them.",
      valueName: "file"))
  var problems: String?

  @Option(
    help: ArgumentHelp(
      "With questions: what they are put into, in the place of {question}.", valueName: "text"))
  var template: String?

  private static let levels = 1...1000

  func validate() throws {
    if !(1...1_000_000).contains(count) {
      throw ValidationError("--count takes a number from 1 to 1000000, not \(count).")
    }
    if task != nil && problems != nil {
      throw ValidationError("Give --task or --problems, not both.")
    }
    if problems != nil, difficulty != nil || !form.isEmpty {
      throw ValidationError("--difficulty and --form go with --task.")
    }
    if problems == nil, template != nil {
      throw ValidationError("--template goes with --problems.")
    }
    if let template, !template.contains("{question}") {
      throw ValidationError("--template needs {question} in it.")
    }
    _ = try levels()
    _ = try tasks()
  }

  private func levels() throws -> [Int]? {
    guard let difficulty else { return nil }
    do throws(NumberList.Failure) {
      return try NumberList.parse(difficulty, in: Self.levels)
    } catch {
      throw ValidationError(
        "--difficulty takes numbers from 1 to 1000 such as 1-9,13; \"\(error.part)\" is none.")
    }
  }

  private func tasks() throws -> [ReasoningTask] {
    guard let task else { return [] }
    if task == "all" { return ReasoningTask.all }
    return try task.split(separator: ",").map { name in
      guard let task = ReasoningTask.named(String(name)) else {
        throw ValidationError(
          "--task knows \(ReasoningTask.all.map(\.name).joined(separator: ", ")) and all, not "
            + "\"\(name)\".")
      }
      return task
    }
  }

  /// - Parameter usual: what questions are put into unless told otherwise.
  func set(template usual: String = ProblemFile.defaultTemplate) throws -> ProblemSet {
    if let problems {
      var lines = try ByteLines(problems, limit: ProblemFile.longestLine)
      return try ProblemFile.read(
        name: ByteLines.name(of: problems), template: template ?? usual
      ) { try lines.next() }
    }
    let wanted = try levels()
    let forms = form.isEmpty ? [.latent] : AnswerForm.allCases.filter(form.contains)
    var drawn: [EvaluationProblem] = []
    for task in try tasks() {
      let difficulties =
        wanted?.filter(task.difficulties.contains) ?? TaskProblems.usualDifficulties(task)
      for form in forms where task.forms.contains(form) {
        drawn += TaskProblems.draw(
          task, difficulties: difficulties, form: form, count: count, seed: problemSeed)
      }
    }
    guard !drawn.isEmpty else {
      throw ValidationError(
        "There are no problems of \(task ?? "") at these levels and in this form; levels are "
          + (try tasks()).map {
            "\($0.name) \($0.difficulties.lowerBound)–\($0.difficulties.upperBound)"
          }
          .joined(separator: ", ") + ".")
    }
    return ProblemSet(kind: .exact, problems: drawn)
  }
}

/// How every problem is run.
struct SweepOptions: ParsableArguments {
  @Option(
    name: [.customShort("r"), .customLong("r")],
    help: ArgumentHelp(
      "Iterations to read answers at: 1,2,4,…,128 or 1-16 (default: 1,2,4,…,64; of models that think "
        + "once, behind the prompt, 1-6 thoughts; with --samples one number, by default as trained).",
      valueName: "list"))
  var depths: String?

  @Option(
    help: ArgumentHelp(
      "Also leave where a rule says so, after the most iterations of --r at the latest; may be "
        + "repeated (scope: last, mean or all positions; default last and all). With --samples the one "
        + "that earliest-exit chooses by (default: \(ExitPolicy.usual.words)).",
      valueName: "rule[=threshold][:scope]"))
  var exit: [String] = []

  @Option(help: "Seed of the first initial state.")
  var seed: UInt64?

  @OptionGroup var seedForm: SeedFormOptions

  @Option(help: "Run every problem from so many seeds, and say how often they agree.")
  var seeds = 1

  @Flag(help: "Also start from zeros; answers should agree.")
  var withZero = false

  @Option(
    help: ArgumentHelp(
      "Also start from the first state with so many times its spread.", valueName: "factor"))
  var withScale: Float?

  @Option(help: "With questions: tokens to write at most.")
  var tokens = 256

  private static let range = 1...100_000

  func validate() throws {
    if let depths { _ = try Self.iterations(depths) }
    _ = try exits(hasGate: true)
    if !(1...1000).contains(seeds) {
      throw ValidationError("--seeds takes a number from 1 to 1000, not \(seeds).")
    }
    if let withScale, !(withScale > 0 && withScale.isFinite) {
      throw ValidationError("--with-scale takes a number above 0.")
    }
    if !(1...1_000_000).contains(tokens) {
      throw ValidationError("--tokens takes a number from 1 to 1000000, not \(tokens).")
    }
  }

  /// - Parameter facts: of the model that has them.
  func iterations(_ facts: ModelFacts) throws -> [Int] {
    let usual = facts.thoughts == nil ? "1,2,4,…,64" : "1-\(ThoughtFacts.usualCount)"
    return try Self.iterations(depths ?? usual)
  }

  private static func iterations(_ depths: String) throws -> [Int] {
    do throws(NumberList.Failure) {
      return try NumberList.parse(depths, in: range)
    } catch {
      throw ValidationError(
        "--r takes numbers from 1 to 100000 such as 1,2,4; \"\(error.part)\" is none.")
    }
  }

  /// What every copy of a problem is given; nil for as many as trained.
  /// - Throws: `ValidationError` for more than one depth, and for what copies do not have.
  func iterationsOfCopies() throws -> Int? {
    if seeds > 1 || withZero || withScale != nil {
      throw ValidationError(
        "--seeds, --with-zero and --with-scale do not go with --samples, whose copies have "
          + "starts of their own with --starts.")
    }
    guard let depths else { return nil }
    let list = try Self.iterations(depths)
    guard list.count == 1 else {
      throw ValidationError(
        "--samples takes one --r, not \(list.count): run the command once for each.")
    }
    return list[0]
  }

  /// When the thinking of a copy would have been stopped.
  /// - Throws: `ValidationError` for more than one rule.
  func exitOfCopies() throws -> ExitPolicy {
    guard exit.count <= 1 else {
      throw ValidationError(
        "--samples takes one --exit, by which earliest-exit chooses, not \(exit.count).")
    }
    return try CopyExitOption.policy(exit.first)
  }

  func exits(hasGate: Bool) throws -> [ExitChoice] {
    try exit.flatMap { text in
      do throws(UnknownExitPolicy) {
        let (rule, scope) = try ExitPolicy.splitting(text)
        let policy = try ExitPolicy(parsing: rule, among: ExitRule.rules(hasGate: hasGate))
        return (scope.map { [$0] } ?? [.last, .all]).map {
          ExitChoice(policy.rule, scope: $0, threshold: policy.threshold)
        }
      } catch {
        throw ValidationError("--exit \(error)")
      }
    }
  }

  /// The states every problem starts from.
  func starts(_ facts: ModelFacts) throws -> [Start] {
    guard case .seeded(let usual, _, _) = facts.usualStart, !facts.hasFixedStart else {
      if facts.hasFixedStart, seed != nil || seeds > 1 || withZero || withScale != nil {
        throw ModelError.fixedStart(asked: "a chosen state")
      }
      if facts.hasFixedStart || seed == nil && seeds == 1 && !withZero && withScale == nil {
        return [facts.usualStart]
      }
      return seeded(from: seed ?? 0)
    }
    return seeded(from: seed ?? usual)
  }

  private func seeded(from first: UInt64) -> [Start] {
    let form = seedForm.form
    var starts = (0..<seeds).map { Start.seed(first &+ UInt64($0), form: form) }
    if withZero { starts.append(.zero) }
    if let withScale { starts.append(.seed(first, form: form, scale: withScale)) }
    return starts
  }
}
