import ArgumentParser
import Engine
import LatentModels
import Tensors
import Trajectories

extension TorchGenerator.TruncatedForm: ExpressibleByArgument {}
extension TorchGenerator.Storage: ExpressibleByArgument {}

/// How states are drawn from seeds.
struct SeedFormOptions: ParsableArguments {
  @Option(
    help: "How a state is drawn from a seed: as current torch does (rejection), or older (erfinv).")
  var seedForm = SeedForm().truncation

  @Option(
    help: "The element type it is drawn in, that of the model a script ran: float32 or bfloat16.")
  var seedType = SeedForm().type

  var form: SeedForm { SeedForm(truncation: seedForm, type: seedType) }
}

/// Where a run starts.
struct StartOptions: ParsableArguments {
  @Option(name: [.short, .long], help: "Seed of the initial state, as torch.manual_seed takes it.")
  var seed: UInt64?

  @Flag(help: "Start from a state of zeros.")
  var zeroState = false

  @Option(
    help: ArgumentHelp(
      "Start from a tensor [tokens, width] in a safetensors file, row p for position p.",
      valueName: "file[:tensor]"))
  var initialState: String?

  @OptionGroup var seedForm: SeedFormOptions

  func validate() throws {
    let given = (seed == nil ? 0 : 1) + (zeroState ? 1 : 0) + (initialState == nil ? 0 : 1)
    if given > 1 {
      throw ValidationError("Give at most one of --seed, --zero-state and --initial-state.")
    }
  }

  /// The start that was asked for; the model's own when none was.
  func start() -> Start {
    if zeroState { return .zero }
    if let initialState { return .given(label: initialState) }
    return seed.map { .seed($0, form: seedForm.form) } ?? .usual
  }

  /// The table of `--initial-state`, if given.
  /// - Parameter tell: told what was done to its elements.
  func givenState(tell: (String) -> Void = StandardError.say) throws -> Matrix? {
    try initialState.map { try StateFile.read($0, tell: tell) }
  }
}

/// Where several runs of each prompt start.
struct SeedsOption: ParsableArguments {
  /// Seeds that can be listed.
  private static let range = 0...9_999_999

  @Option(help: "Several runs of each prompt, one from each of these seeds: 0-7 or 0,3,5.")
  var seeds: String?

  func validate() throws { _ = try list() }

  /// In ascending order; nil where none are listed.
  func list() throws -> [UInt64]? {
    guard let seeds else { return nil }
    do throws(NumberList.Failure) {
      return try NumberList.parse(seeds, in: Self.range).map(UInt64.init)
    } catch {
      throw ValidationError(
        "--seeds takes numbers from \(Self.range.lowerBound) to \(Self.range.upperBound) such as "
          + "0-7 or 0,3,5; \"\(error.part)\" is none.")
    }
  }
}
