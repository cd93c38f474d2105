import ArgumentParser
import Engine
import LatentModels
import Tensors
import Trajectories

/// What may differ between two sides that are compared. Everything can be given once, for both, or
/// twice, for A and for B.
struct DiffOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A model directory, a .safetensors file, or org/name in the local hub cache; once or twice.",
      discussion: "Without it, the model inside the program is used.", valueName: "model"))
  var model: [String] = []

  @Option(help: "Revision of models in the hub cache (a branch, tag or commit); once or twice.")
  var revision: [String] = []

  @Option(help: "How weights are rounded: exact, fast, int8 or int4; once or twice.")
  var precision: [Precision] = []

  @Option(name: [.short, .long], help: "The prompt, as text; once or twice.")
  var prompt: [String] = []

  @Option(
    name: [.customShort("f"), .long],
    help: "A file holding the prompt, taken byte for byte; once or twice, - for standard input.")
  var promptFile: [String] = []

  @Option(help: "The prompt as token ids: 1,2,3. Nothing is added to them. Once or twice.")
  var promptIds: [String] = []

  @Option(
    name: [.short, .long],
    help: "Seed of the initial state, as torch.manual_seed takes it; once or twice.")
  var seed: [UInt64] = []

  @Flag(help: "Start from a state of zeros; with one --seed it is B that does.")
  var zeroState = false

  @OptionGroup var seedForm: SeedFormOptions

  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "B is A with an edit, as in trace; several are made in turn.", valueName: "edit"))
  var edit: [String] = []

  @Option(name: [.short, .long], help: "Threads to compute with (default: one per core).")
  var threads: Int?

  func validate() throws {
    let counts = [
      ("--model", model.count), ("--revision", revision.count), ("--precision", precision.count),
      ("prompts", prompt.count + promptFile.count + promptIds.count),
      ("starts", seed.count + (zeroState ? 1 : 0)),
    ]
    for (name, count) in counts where count > 2 {
      throw ValidationError("diff compares two; these are \(count) \(name).")
    }
    if promptFile == ["-", "-"] {
      throw ValidationError("Standard input can hold the prompt of one side only.")
    }
    for ids in promptIds { _ = try TokenIDs.parse(ids) }
    for text in edit { _ = try EditOption.parse(text) }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024, not \(threads).")
    }
  }

  /// Whether anything was given that says what to run.
  var isGiven: Bool {
    !model.isEmpty || !revision.isEmpty || !precision.isEmpty || !prompt.isEmpty
      || !promptFile.isEmpty || !promptIds.isEmpty || !seed.isEmpty || zeroState || !edit.isEmpty
  }

  func team() -> ThreadTeam { threads.map { ThreadTeam(count: $0) } ?? ThreadTeam() }
}

/// One of two sides as it is asked for.
struct DiffSide {
  let model: String?
  let revision: String?
  let precision: Precision
  let source: PromptSource
  let start: Start
  /// Made in turn; none for A.
  let edits: [String]
  /// What tells it from the other: `seed 1`, `int8`, the model's name.
  let name: String

  /// Whether it runs on the same weights in the same form.
  func sharesModel(with other: DiffSide) -> Bool {
    model == other.model && revision == other.revision && precision == other.precision
  }
}

extension DiffOptions {
  /// Both sides.
  /// - Parameter positional: models given without an option.
  /// - Throws: `ValidationError` where nothing tells them apart, and what reading a prompt throws.
  func sides(_ positional: [String]) throws -> (a: DiffSide, b: DiffSide) {
    let models = positional + model
    if models.count > 2 {
      throw ValidationError("diff compares two; these are \(models.count) models.")
    }
    let sources =
      try prompt.map { PromptSource.text($0) }
      + promptFile.map { .text(try PromptFile.read($0)) }
      + promptIds.map { .ids(try TokenIDs.parse($0)) }
    if sources.isEmpty {
      throw ValidationError("Give --prompt, --prompt-file or --prompt-ids, once or twice.")
    }
    let starts =
      seed.map { Start.seed($0, form: seedForm.form) } + (zeroState ? [Start.zero] : [])
    let counts = [
      models.count, revision.count, precision.count, sources.count, starts.count,
      edit.isEmpty ? 0 : 2,
    ]
    guard counts.contains(2) else {
      throw ValidationError(
        "There is nothing to compare: give two models, or one of --prompt, --precision and --seed "
          + "twice, or an --edit.")
    }
    func side(_ index: Int) -> DiffSide {
      func pick<T>(_ list: [T]) -> T? { list.count > index ? list[index] : list.first }
      let (source, start) = (pick(sources) ?? .ids([]), pick(starts) ?? .usual)
      var names: [String] = []
      if models.count == 2 { names.append(models[index]) }
      if revision.count == 2 { names.append("revision \(revision[index])") }
      if precision.count == 2 { names.append(precision[index].rawValue) }
      if sources.count == 2 { names.append(Self.words(source)) }
      if starts.count == 2 { names.append(start.words) }
      if !edit.isEmpty {
        names.append(index == 0 ? "unedited" : "edit " + edit.joined(separator: "; "))
      }
      return DiffSide(
        model: pick(models), revision: pick(revision), precision: pick(precision) ?? .exact,
        source: source, start: start, edits: index == 0 ? [] : edit,
        name: names.joined(separator: ", "))
    }
    return (side(0), side(1))
  }

  private static func words(_ source: PromptSource) -> String {
    switch source {
    case .text(let text): "'\(text.count > 40 ? text.prefix(39) + "…" : text[...])'"
    case .ids(let ids):
      "ids " + ids.prefix(8).map(String.init).joined(separator: ",") + (ids.count > 8 ? ",…" : "")
    }
  }
}
