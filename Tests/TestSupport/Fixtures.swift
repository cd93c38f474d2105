import Foundation

/// Where the reference cases lie: golden tensors of small models, made by the official code, and
/// tokenizer cases. `Fixtures/README.md` says how each was made.
public enum Fixtures {
  /// The folder of all fixtures.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures", isDirectory: true)

  /// The project's folder, for what is shipped in it.
  public static let repository = root.deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The path of one fixture, such as `raven-tiny-a` or `torch-random/golden.safetensors`.
  public static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  /// The three small Huginn-shaped models with reference trajectories.
  public static let ravenModels = ["raven-tiny-a", "raven-tiny-c", "raven-tiny-d"]

  /// Small models of other families with reference trajectories.
  public static let familyModels = [
    "retrofit-llama-tiny", "ouro-tiny", "nanbeige-tiny", "parcae-tiny",
  ]

  /// A small model with two clocks, whose prompts look both ways.
  public static let hierarchicalModel = "hrm-text-tiny"

  /// Models that think in hidden vectors.
  public static let thoughtModels = ["coconut-tiny", "codi-tiny"]
}
