import ArgumentParser

/// `muninn reward`: judges of latent reasoning.
struct RewardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Make a judge of latent reasoning.",
    subcommands: [RewardTrainCommand.self])
}
