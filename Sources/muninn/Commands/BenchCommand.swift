import ArgumentParser
import Foundation
import LatentModels

/// Times the parts of a run.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time the prelude, one iteration, and the readout of a model.",
    discussion: """
      Medians over repeated calls, after one call that is not counted. Machines are noisy: compare \
      only figures from runs that were interleaved.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "Prompt lengths to time, in tokens.")
  var tokens = "1,16,64"

  @Option(name: .customLong("repeat"), help: "Calls per figure.")
  var repetitions = 15

  @Flag(help: "One JSON object a line.")
  var json = false

  func validate() throws {
    if repetitions < 1 { throw ValidationError("--repeat takes a number above 0.") }
    if try lengths().contains(where: { $0 < 1 }) {
      throw ValidationError("--tokens takes lengths above 0, such as 1,16.")
    }
  }

  private func lengths() throws -> [Int] {
    try tokens.split(separator: ",").map { part in
      guard let length = Int(part) else {
        throw ValidationError("--tokens takes numbers such as 1,16; \"\(part)\" is none.")
      }
      return length
    }
  }

  func run() throws {
    let checkpoint = try model.openCheckpoint()
    let opened = ContinuousClock().now
    let latent = try ModelPlan(checkpoint).open(team: model.team())
    let loading = ContinuousClock().now - opened
    if !json {
      print(
        "\(checkpoint.name): \(Quantity.bytes(latent.facts.packedBytes)) packed in "
          + "\(milliseconds(loading)) ms")
    }
    for length in try lengths() { try time(latent, tokens: length) }
  }

  private func time(_ model: any LatentModel, tokens: Int) throws {
    let vocabulary = model.facts.vocabularySize
    let ids = (0..<tokens).map { ($0 * 7919 + 13) % vocabulary }
    let context = try model.begin(ids, control: .uninterrupted)
    let state = try model.initialState(model.facts.usualStart, in: context)
    let decoded = try model.decode(state, in: context, control: .uninterrupted)
    let figures: [(String, Duration)] = [
      ("iteration", try median { _ = try model.step(state, in: context, control: .uninterrupted) }),
      ("prelude", try median { _ = try model.begin(ids, control: .uninterrupted) }),
      ("coda", try median { _ = try model.decode(state, in: context, control: .uninterrupted) }),
      ("head", median { _ = model.logits(decoded, positions: tokens - 1..<tokens) }),
    ]
    if json {
      var line = JSONLine()
      line.add("tokens", tokens)
      for (name, duration) in figures { line.add("\(name)_ms", raw: milliseconds(duration)) }
      print(line.line)
    } else {
      let parts = figures.map { "\($0.0) \(milliseconds($0.1)) ms" }
      print("\(tokens) tokens: \(parts.joined(separator: ", "))")
    }
  }

  private func median(_ body: () throws -> Void) rethrows -> Duration {
    try body()
    let clock = ContinuousClock()
    var times: [Duration] = []
    for _ in 0..<repetitions { times.append(try clock.measure(body)) }
    return times.sorted()[repetitions / 2]
  }

  private func milliseconds(_ duration: Duration) -> String {
    String(format: "%.3f", duration / .milliseconds(1))
  }
}
