import ArgumentParser
import Engine
import LatentModels
import Trajectories

/// What is looked at inside iterations.
struct InsideOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Look inside every iteration: records of every block too.",
      discussion: "With --save: their streams, [iterations, blocks + 1, tokens, width]."))
  var blocks = false

  @Option(
    help: ArgumentHelp(
      "With --blocks: what to read streams through (default: all).",
      discussion: StreamLens.all.map { "\($0.name): \($0.explanation)." }.joined(separator: " "),
      valueName: StreamLens.all.map(\.name).joined(separator: ",")))
  var lens: String?

  @Flag(
    help: ArgumentHelp(
      "With --blocks: attention weights too.",
      discussion: "With --save: [iterations, blocks, heads, tokens, tokens]."))
  var attention = false

  func validate() throws { _ = try lenses() }

  /// The lenses that were asked for, each once.
  func lenses() throws -> [StreamLens] {
    guard let lens else { return StreamLens.all }
    var chosen: [StreamLens] = []
    for name in lens.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let lens = StreamLens.named(name) else {
        throw ValidationError(
          "--lens takes \(StreamLens.all.map(\.name).joined(separator: ", ")), not \"\(name)\".")
      }
      if !chosen.contains(where: { $0.name == name }) { chosen.append(lens) }
    }
    return chosen
  }

  /// What the next iteration of every run does inside; nothing where nobody asked.
  func passes(
    _ engine: Engine, _ lineages: [Lineage], _ iteration: Int, control: StepControl
  ) throws -> [BlockPass] {
    guard blocks else { return [] }
    return try lineages.map {
      try engine.inside($0, iteration, attention: attention ? .all : .none, control: control)
    }
  }

  /// Numbers that one iteration of a run leaves inside its blocks.
  func numbers(_ facts: ModelFacts, tokens: Int) -> Double {
    guard blocks else { return 0 }
    let (tokens, layers) = (Double(tokens), Double(facts.layers.core))
    let streams = (3 * layers + 1) * tokens * Double(facts.width)
    return streams + (attention ? layers * Double(facts.heads) * tokens * tokens : 0)
  }
}
