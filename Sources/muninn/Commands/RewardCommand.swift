import ArgumentParser

/// Judges of latent reasoning: what they learn from, how they learn, and how well they choose.
struct RewardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reward",
    abstract: "Judges of latent reasoning: collect rollouts, train on them, be held against them.",
    subcommands: [RewardCollectCommand.self, RewardTrainCommand.self, RewardScoreCommand.self])
}
