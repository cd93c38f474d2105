import ArgumentParser
import Checkpoints
import Engine
import Explorer
import Glibc
import LatentModels

/// A session of the explorer, done again from its log.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Do a session again from its log: on the screen, or without one.",
    discussion: """
      A log is text: one act a line as it is typed after the colon, such as `ask "3+4?"`, `goto 12:8` or \
      `extend 8`; lines that begin with # are comments, `pause 2` waits for two seconds on the screen, and \
      `expect answer 7` fails, with status 1, where that is otherwise. The explorer writes one with --log \
      or :log. Without a terminal, or with --plain, the last screen is printed as text; the same log gives \
      the same text to the byte.
      """)

  @Argument(help: ArgumentHelp("The log; - reads standard input.", valueName: "log"))
  var log: String

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "A list of prompts for gallery lines, in place of the one inside.", valueName: "file"))
  var gallery: String?

  @Flag(help: "Print the last screen, on a terminal too.")
  var plain = false

  @OptionGroup(title: "Start") var start: StartOptions
  @OptionGroup(title: "Screen") var screen: ScreenOptions

  func validate() throws {
    if start.seed != nil || start.zeroState {
      throw ValidationError(
        "A log says itself where its session starts; only the table of --initial-state is not in it."
      )
    }
  }

  func run() throws {
    var log: SessionLog
    do {
      log = try SessionLog(parsing: try text())
    } catch let problem as LogProblem {
      throw LogFailure(log: self.log, problem: problem)
    }
    log.begin(with: .text(ExploreDefaults.prompt))
    let checkpoint = try model.openCheckpoint()
    let gallery = try Gallery.read(gallery, for: checkpoint.trainedTasks)
    let plan = try self.model.plan(checkpoint)
    if let wanted = log.model, wanted != checkpoint.name {
      StandardError.say(
        "This log was made with the model \(wanted), and is done again with \(checkpoint.name).")
    }
    let service = ComputeThread.opening(checkpoint, plan, as: model, start: start)
    defer { service.shutDown() }
    guard plain || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 else {
      var options = screen.options(
        prompt: log.prompt ?? .text(ExploreDefaults.prompt), start: log.start,
        iterations: log.iterations)
      options.gallery = gallery
      options.replay = log
      options.version = Muninn.configuration.version
      let code = ExplorerApp.run(options, service: service)
      if code != 0 { throw ExitCode(code) }
      return
    }
    do {
      let screen = try HeadlessReplay.lastScreen(of: log, service: service, gallery: gallery)
      for line in screen.split(separator: "\n", omittingEmptySubsequences: false) {
        try StandardOutput.say(String(line))
      }
    } catch let problem as LogProblem {
      throw LogFailure(log: self.log, problem: problem)
    }
  }

  /// Bytes that a log may have.
  private static let longestLog = 64 << 20

  private func text() throws -> String {
    let bytes = try ByteLines.everything(log, limit: Self.longestLog)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ValidationError("\(log) is no text in UTF-8, as a log is.")
    }
    return text
  }
}

/// A log that cannot be done again, and why.
struct LogFailure: Error, CustomStringConvertible {
  let log: String
  let problem: LogProblem

  var description: String { "\(log), \(problem)" }
}
