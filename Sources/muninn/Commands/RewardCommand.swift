import ArgumentParser

/// Judges of latent reasoning: what they learn from, how they learn, and how well they choose.
struct RewardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Collect what a judge of latent reasoning learns from, train one, hold one against it.",
    subcommands: [RewardCollectCommand.self, RewardTrainCommand.self, RewardScoreCommand.self])
}
