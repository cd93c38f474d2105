import ArgumentParser
import Checkpoints
import Glibc
import LatentModels
import RunFiles
import Trajectories

/// Two runs side by side: where they part, and by how much.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two runs: where they part first, and by how much.",
    discussion: """
      What is given twice tells A from B: two models on one prompt, two prompts, precisions or seeds on one \
      model; or B is A with an --edit. Both go equally far. It says where the answers part first and since \
      when they are the same again, of every metric where it differs, first, typically (the median) and \
      most, and of every token what both say in the end, since when, and when each arrives: the iteration \
      from which on KL(last ‖ now) stays within 0.001 nats. Of two checkpoints of one training run that is \
      what learned to settle, and where. Places are token:iteration; iteration 0 is the initial state.

      Of two run files (:save, trace --save-run) the branches that were looked at are compared as they are, \
      without a model; there is no KL between them then. A run file and a model, or 'embedded' for the one \
      inside the program, compares the branch with what the model makes of the same prompt, start, tokens and \
      edits, as far as it went there.

      --jsonl writes objects that begin with schema and kind: one of kind diff (a, b, same, first, metrics \
      that differ there, parts, same_from, answer_a, answer_b, distance, settles_otherwise), one metric each \
      (metric, unit, places, differing, first, typical, largest, largest_at), one token each (token, id_a, \
      text_a, id_b, text_b, iterations_a, iterations_b, says_a, says_b, since_a, since_b, arrives_a, \
      arrives_b, right_a, right_b, first, parts, largest_kl), and one answer for each place where answers differ (token, \
      iteration, a, b). kl_ab is KL(A‖B) in nats, state_distance that of the normed states. What is \
      unknown is null.

      Exit status: 0 where both are the same to the last bit (or within --tolerance), 1 where they differ, \
      2 where they could not be compared. Wall times do not count.
      """)

  static let schema = "muninn.diff/1"

  @Argument(
    help: ArgumentHelp(
      "Two models: directories, .safetensors files, or org/name in the local hub cache. Or two run files, or "
        + "one of each.",
      valueName: "side"))
  var sides: [String] = []

  @OptionGroup(title: "Sides") var options: DiffOptions

  @Option(
    name: [.customShort("r"), .long], help: "Iterations (default: as the models were trained).")
  var steps: Int?

  @Option(
    help:
      "Take numbers as the same that differ by no more than this share of the larger one, or of 1."
  )
  var tolerance = 0.0

  @Flag(help: "Tokenise without the begin-of-text token.")
  var noSpecial = false

  @Option(help: ArgumentHelp("Write all of it here; - for standard output.", valueName: "file"))
  var jsonl: String?

  func validate() throws {
    if let steps, !(0...1_000_000).contains(steps) {
      throw ValidationError("--steps takes a number from 0 to 1000000, not \(steps).")
    }
    if !(0...1e6).contains(tolerance) {
      throw ValidationError("--tolerance takes a number from 0 on, not \(tolerance).")
    }
  }

  func run() throws {
    do {
      guard try isSame() else { throw ExitCode(1) }
    } catch let code as ExitCode {
      throw code
    } catch is CancellationRequested {
      throw ExitCode(Interruption.exitStatus)
    } catch {
      // 1 would say that they differ.
      StandardError.explain(Self.fullMessage(for: error))
      throw ExitCode(2)
    }
  }

  private func isSame() throws -> Bool {
    var outputs = OutputSet()
    let (names, compare) = try comparison()
    let file = try outputs.open(jsonl, option: "--jsonl")
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    let runs = try compare()
    let differences = RunDifferences(
      BranchComparison(runs.a, runs.b, distances: runs.distances), tolerance: tolerance)
    if let file {
      let records = DiffRecords(
        names: names, differences: differences, expected: runs.expected, decode: runs.decode)
      for line in records.lines { try file.write(line: line) }
      try file.finish()
    }
    if jsonl != "-" {
      for line in DiffReport(names: names, differences: differences, expected: runs.expected)
        .lines
      {
        try StandardOutput.say(line)
      }
    }
    return differences.isSame
  }

  /// What the two are called, and how they are had.
  private func comparison() throws -> (
    names: (a: String, b: String), run: () throws -> ComparedRuns
  ) {
    let files = sides.filter(RunFile.isOne)
    if files.isEmpty {
      let sides = try options.sides(sides)
      return (
        (sides.a.name, sides.b.name),
        {
          try ComparedRuns(
            sides, options: options, steps: steps, addSpecialTokens: !noSpecial,
            control: Interruption.control)
        }
      )
    }
    if files.count == 1, sides.count == 2 {
      let side = try rerun(sides[sides[0] == files[0] ? 1 : 0])
      let (path, isFirst) = (files[0], sides[0] == files[0])
      let names = isFirst ? (path, side.name) : (side.name, path)
      return (
        names,
        {
          try ComparedRuns(
            file: path, on: side, isFirst: isFirst, team: options.team(),
            control: Interruption.control)
        }
      )
    }
    guard files.count == 2, sides.count == 2, !options.isGiven, steps == nil, !noSpecial else {
      throw ValidationError(
        "A run file is compared with another one or with a model, and says itself what is run: give two sides, "
          + "and no options but --tolerance, --jsonl and, with a model, --precision, --revision and --threads."
      )
    }
    return ((files[0], files[1]), { try ComparedRuns(files: files[0], files[1]) })
  }

  /// The model that a run file is compared with.
  private func rerun(_ name: String) throws -> RunFileRerun.Side {
    var rest = options
    (rest.precision, rest.revision) = ([], [])
    guard !rest.isGiven, steps == nil, !noSpecial, options.precision.count < 2,
      options.revision.count < 2
    else {
      throw ValidationError(
        "A run file says itself what is run, and how far; with a model it takes --precision, --revision, "
          + "--threads, --tolerance and --jsonl.")
    }
    let isInside = name == "embedded" && !FileSystem.exists(name)
    return RunFileRerun.Side(
      model: isInside ? nil : name, revision: options.revision.first,
      precision: options.precision.first)
  }
}
