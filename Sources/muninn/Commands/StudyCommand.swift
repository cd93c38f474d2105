import ArgumentParser
import Checkpoints
import Foundation
import LatentModels
import Studies
import Tensors

/// `muninn study`: parallel scaling measured from end to end, from one file of settings.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Measure what copies, votes and judges are worth, after a plan.",
    discussion: """
      PLAN is a JSON file such as Assets/studies/parallel-scaling/plan.json: settings (a model, a task, its \
      levels, steps), samplers with their strengths, and judges. For every sampler rollouts with labels are \
      collected and judges trained on them, as muninn reward does; then every question is answered by as \
      many copies as the plan says, once for each seed, and every judge scores every copy.

      --out keeps every piece: rollouts/, judges/ and cells/, where a line is a question. After Ctrl-C or a \
      crash the same command goes on from there; with another plan what does not fit is refused. When all is \
      there it writes, of these pieces alone:

        tables.md, tables.json      coverage, guessing, diversity, drift, every aggregator, judges, blends
        coverage.svg, accuracy.svg, diversity.svg, drift.svg, recall.svg

      and plots for the terminal. --quick does as much less as the plan's "quick" says, for a look that \
      takes minutes; give it a folder of its own.
      """)

  @Argument(help: ArgumentHelp("What to measure.", valueName: "plan"))
  var plan: String

  @Option(help: ArgumentHelp("The folder that pieces, tables and plots go to.", valueName: "dir"))
  var out: String

  @Flag(help: "Less of everything, as the plan says.")
  var quick = false

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  func validate() throws {
    try NumberOption.check(threads, "threads", 1...1024)
    if out.isEmpty { throw ValidationError("--out takes a folder; it is empty.") }
  }

  func run() throws {
    let whole = try StudyPlan(readingFile: plan)
    if quick, whole.quick == nil {
      throw ValidationError(
        "\(DisplayText.escape(plan)) does not say what is quick: give \"quick\" there.")
    }
    let study = quick ? whole.quickened : whole
    Interruption.arm(SIGINT, SIGTERM, SIGHUP)
    do {
      let results = try StudyRunner(plan: study, folder: out, threads: threads).run()
      try write(results, of: study)
    } catch is CancellationRequested {
      StandardError.say("stopped; the same command goes on from there")
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func write(_ results: [StudySummary], of study: StudyPlan) throws {
    let tables = StudyTables(results, plan: study).lines.joined(separator: "\n") + "\n"
    let numbers = StudySummary.document(results, plan: study).serialized() + "\n"
    let files =
      [("tables.md", tables), ("tables.json", numbers)]
      + StudyCharts(results, name: study.name).all.map { ($0.file, $0.svg) }
    for (name, text) in files {
      try OutputFile.write(Array(text.utf8), to: "\(out)/\(name)")
    }
    for line in StudyPlots(results).lines { try StandardOutput.say(line) }
    StandardError.say("\(DisplayText.escape(out)) holds tables.md, tables.json and plots")
  }
}
