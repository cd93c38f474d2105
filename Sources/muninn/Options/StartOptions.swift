import ArgumentParser
import Checkpoints
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
      "Start from a tensor [tokens, width] in a safetensors file.", valueName: "file[:tensor]"))
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
    return seed.map { .seed($0) } ?? .usual
  }

  /// The state of `--initial-state`, if given.
  func givenState() throws -> Matrix? {
    try initialState.map(StateFile.read)
  }
}

/// Latent states in safetensors files.
enum StateFile {
  /// Reads `FILE` or `FILE:TENSOR`; a lone tensor needs no name.
  static func read(_ reference: String) throws -> Matrix {
    let (path, name) = split(reference)
    let file = try SafetensorsFile.open(path)
    let names = file.tensors.keys.sorted()
    guard let chosen = name ?? (names.count == 1 ? names[0] : nil) else {
      throw ValidationError(
        "\(path) holds \(names.count) tensors; say which: --initial-state \(path):NAME "
          + "(\(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : "")).")
    }
    guard let tensor = file.tensors[chosen] else {
      throw ValidationError(
        "\(path) has no float tensor \(chosen). It holds "
          + "\(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : "").")
    }
    let shape =
      tensor.shape.count == 3 && tensor.shape[0] == 1
      ? Array(tensor.shape.dropFirst()) : tensor.shape
    guard shape.count == 2 else {
      throw ValidationError(
        "\(chosen) in \(path) has shape \(tensor.shape); an initial state is [tokens, width].")
    }
    return Matrix(rows: shape[0], columns: shape[1], values: tensor.floats())
  }

  /// A colon may be part of a path; what follows the last one is a tensor unless the whole is a
  /// file.
  private static func split(_ reference: String) -> (path: String, name: String?) {
    if FileSystem.isFile(reference) { return (reference, nil) }
    guard let colon = reference.lastIndex(of: ":") else { return (reference, nil) }
    return (String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
  }
}
