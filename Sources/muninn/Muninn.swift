import ArgumentParser

@main
struct Muninn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "muninn", abstract: "A time-travel debugger for latent reasoning.",
    subcommands: [TokenizeCommand.self])
}
