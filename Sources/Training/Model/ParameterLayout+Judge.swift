import LatentModels

extension ParameterLayout {
  /// The names of a latent reward model's head in checkpoints.
  public static let classifier = (weight: "classifier.weight", bias: "classifier.bias")

  /// The trained tensors of a latent reward model: those of its backbone, but for a head of words, and a
  /// linear map to one score.
  public init(judge configuration: ContinuousThoughtConfiguration) {
    var backbone = configuration
    backbone.tiedEmbeddings = true
    self.init(backbone: ParameterLayout(backbone), width: configuration.width)
  }

  /// The same on a backbone of recurrent depth.
  public init(judge configuration: RecurrentDepthConfiguration) {
    var backbone = configuration
    backbone.tiedEmbeddings = true
    self.init(backbone: ParameterLayout(backbone), width: configuration.width)
  }

  private init(backbone: ParameterLayout, width: Int) {
    entries = backbone.entries
    entries.append(
      Entry(
        name: Self.classifier.weight, shape: [1, width], offset: count, role: .matrix(parts: 1)))
    entries.append(
      Entry(name: Self.classifier.bias, shape: [1], offset: count, role: .bias))
  }

  /// A linear probe a step: rₜ = wₜ·sₜ + bₜ.
  public init(probeOfSteps steps: Int, width: Int) {
    self.init([
      (name: "probe.weight", shape: [steps, width], role: .matrix(parts: 1), false),
      (name: "probe.bias", shape: [steps], role: .bias, false),
    ])
  }
}
