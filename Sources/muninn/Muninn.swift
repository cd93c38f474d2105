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
      EvalCommand.self,
    ],
    defaultSubcommand: ExploreCommand.self)

  /// Leaves by `_exit`: the numeric library's own goodbye waits for its idle threads, for ever when
  /// there was too little memory to start them.
  static func main() {
    var status: Int32 = 0
    MappedMemory.guardAgainstTruncation()
    do {
      var command = try parseAsRoot()
      try command.run()
      if let trouble = FileWatch.trouble() { throw trouble }
    } catch {
      status = exitCode(for: error).rawValue
      let message = fullMessage(for: error)
      fflush(nil)
      if !message.isEmpty {
        let bytes = Array((message + "\n").utf8)
        _ = write(status == 0 ? STDOUT_FILENO : STDERR_FILENO, bytes, bytes.count)
      }
    }
    fflush(nil)
    _exit(status)
  }
}
