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

      --kernels times the linear kernels alone on one weight of Huginn-0125, each call beside a \
      plain read of the same bytes and register-only arithmetic: bf16 (activations rounded to \
      bfloat16), bf16-exact (activations float32), int8, int4 and f32. share_of_ceiling is the \
      longer of the two ceilings over the kernel's time.

      --make-model huginn DIR writes a random bfloat16 model of full size to time.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "Prompt lengths to time, in tokens.")
  var tokens = "1,16,64"

  @Option(name: .customLong("repeat"), help: "Calls per figure.")
  var repetitions = 15

  @Flag(help: "One JSON object a line.")
  var json = false

  @Flag(help: "Time the linear kernels alone, next to their ceilings (under 50 s).")
  var kernels = false

  @Flag(help: "Time gradients of the embedded model instead, in both numerics.")
  var training = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Write a random model of some family's shapes into a folder: huginn DIR.",
      valueName: "family directory"))
  var makeModel: [String] = []

  @Option(
    help: ArgumentHelp(
      "With --make-model: other sizes, such as width=256,heads=4,feed-forward=896,vocabulary=512.",
      valueName: "list"))
  var sizes: String?

  func validate() throws {
    if !makeModel.isEmpty {
      guard makeModel.count == 2, makeModel[0] == "huginn" else {
        throw ValidationError("--make-model takes a family and a folder: --make-model huginn DIR.")
      }
      if kernels || training {
        throw ValidationError("Give one of --kernels, --training and --make-model.")
      }
      _ = try ModelMaker.Sizes(parsing: sizes ?? "")
    } else if sizes != nil {
      throw ValidationError("--sizes goes with --make-model.")
    }
    if kernels && training { throw ValidationError("Give --kernels or --training, not both.") }
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
    if makeModel.count == 2 { return try writeModel(to: makeModel[1]) }
    if kernels {
      return try KernelBenchmark(team: model.team(), json: json).run { line in
        print(line)
        fflush(nil)
      }
    }
    if training {
      let benchmark = TrainingBenchmark(
        team: model.team(), repetitions: repetitions, json: json)
      return try benchmark.run { line in
        print(line)
        fflush(nil)
      }
    }
    let checkpoint = try model.openCheckpoint()
    let opened = ContinuousClock().now
    let latent = try ModelPlan(checkpoint).open(model.packing())
    let loading = ContinuousClock().now - opened
    if !json {
      print(
        "\(checkpoint.name): \(Quantity.bytes(latent.facts.packedBytes)) packed in "
          + "\(milliseconds(loading)) ms")
    }
    let error = try model.measuredError(checkpoint)
    if let error, !json { print(error.text) }
    for length in try lengths() { try time(latent, tokens: length, error: error) }
  }

  private func time(_ model: any LatentModel, tokens: Int, error: MeasuredError?) throws {
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
      line.add("precision", self.model.precision.rawValue)
      line.add("relative_error", error.map { Float($0.worst) } ?? 0)
      for (name, duration) in figures { line.add("\(name)_ms", raw: milliseconds(duration)) }
      print(line.line)
    } else {
      let parts = figures.map { "\($0.0) \(milliseconds($0.1)) ms" }
      print("\(tokens) tokens: \(parts.joined(separator: ", "))")
    }
  }

  private func writeModel(to directory: String) throws {
    let maker = ModelMaker(sizes: try ModelMaker.Sizes(parsing: sizes ?? ""))
    var shown = -1
    try maker.write(to: directory) { done, total in
      let percent = done * 100 / max(1, total)
      guard percent / 10 > shown / 10 || shown < 0 else { return }
      shown = percent
      FileHandle.standardError.write(Data("\(percent) % of \(Quantity.bytes(total))\n".utf8))
    }
    print("\(directory): \(Quantity.bytes(maker.byteCount)), bfloat16, random")
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
