import ArgumentParser
import Checkpoints
import Glibc
import Tensors

@main
struct Muninn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "muninn",
    abstract: "A time-travel debugger for latent reasoning.",
    version: "0.1.0",
    subcommands: [
      ExploreCommand.self, TraceCommand.self, VerifyCommand.self, InspectCommand.self,
      TokenizeCommand.self, BenchCommand.self, GenerateCommand.self, TrainCommand.self,
      EvalCommand.self, CauseCommand.self, MotionCommand.self, SampleCommand.self, DiffCommand.self,
      RewardCommand.self, StudyCommand.self, ReplayCommand.self, TourCommand.self,
      ExportCommand.self, ConfigCommand.self, ManualCommand.self,
    ],
    defaultSubcommand: ExploreCommand.self)

  /// Leaves by `_exit`: the numeric library's own goodbye waits for its idle threads, for ever when
  /// there was too little memory to start them.
  static func main() {
    ProcessStreams.prepare()
    var status: Int32 = 0
    MappedMemory.guardAgainstTruncation()
    var told = ""
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      try CommandGuess.check(arguments, names: configuration.subcommands.map { $0._commandName })
      var command = try parseAsRoot(arguments)
      try command.run()
      if let trouble = FileWatch.trouble() { throw trouble }
    } catch {
      status = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      told = message
      if status == 0 {
        StandardOutput.offer(message + "\n")
      } else if !message.isEmpty {
        StandardError.explain(message)
      }
    }
    if let failure = outcome() {
      if !told.contains(failure.problem) { StandardError.explain("Error: \(failure)") }
      if status == 0 { status = 1 }
    }
    fflush(nil)
    _exit(status)
  }

  /// Every command's output is looked at once more, whatever the command did itself.
  private static func outcome() -> OutputError? {
    do {
      try StandardOutput.finish()
      return nil
    } catch {
      return error
    }
  }
}
