import ArgumentParser
import Checkpoints
import Foundation
import Tasks
import Tensors
import Training

/// Which recipe to follow, and the text it needs.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A recipe file: architecture, data, schedule, seed.",
      discussion:
        "Assets/recipes/demo.json made the model inside the program, thoughts.json one that "
        + "thinks before it answers.", valueName: "file"))
  var recipe: String?

  @Option(
    name: .customLong("task"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Tasks to learn, without a recipe.",
      discussion: ReasoningTask.all.map(\.name).joined(separator: ", "), valueName: "name"))
  var tasks: [String] = []

  @Option(
    help: ArgumentHelp("A plain text to learn from, without a recipe.", valueName: "file"))
  var text: String?

  func validate() throws {
    guard recipe == nil || (tasks.isEmpty && text == nil) else {
      throw ValidationError("--recipe says what is learned; leave out --task and --text.")
    }
    for task in tasks where ReasoningTask.named(task) == nil {
      let names = ReasoningTask.all.map(\.name).joined(separator: ", ")
      throw ValidationError("--task: there is no task \"\(task)\". Tasks are \(names).")
    }
  }

  /// Reads the recipe and its text.
  /// - Parameters:
  ///   - folder: of a run that is resumed, which holds its own recipe.
  ///   - steps: length of a recipe made here.
  func open(
    resuming folder: String?, steps: Int?
  ) throws -> (recipe: TrainingRecipe, text: [UInt8]?) {
    if let recipe {
      let folder = (recipe as NSString).deletingLastPathComponent
      return try withText(TrainingRecipe(readingFile: recipe), beside: folder)
    }
    guard tasks.isEmpty, text == nil else {
      return try withText(
        .simple(tasks: tasks, textFile: text, steps: steps ?? Self.defaultSteps), beside: "")
    }
    guard let folder else {
      throw ValidationError("Say what to learn: --recipe FILE, --task NAME or --text FILE.")
    }
    return try withText(TrainingRun.recipe(in: folder), beside: folder)
  }

  /// Steps of a recipe made here when nobody says.
  static let defaultSteps = 3_000

  /// The text a recipe names, by a path that holds from any folder.
  private func withText(
    _ recipe: TrainingRecipe, beside folder: String
  ) throws -> (recipe: TrainingRecipe, text: [UInt8]?) {
    guard let name = recipe.textFile else { return (recipe, nil) }
    let base = URL(fileURLWithPath: folder.isEmpty ? "." : folder, isDirectory: true)
    let path = URL(fileURLWithPath: name, relativeTo: base).standardizedFileURL.path
    let region = try MappedFile.open(path)
    // It is held as it is and as words, of which nobody knows yet how many.
    if let available = MemoryBudget.available(), region.count > available / 4 {
      throw TrainingError.file(
        path: path,
        problem: "has \(region.count) bytes; learning it takes about four times as many, and "
          + "\(available) are available")
    }
    let bytes = region.bytes(in: 0..<region.count)
    guard PlainText(bytes) != nil else {
      throw TrainingError.file(path: path, problem: "holds no words")
    }
    var found = recipe
    found.textFile = path
    return (found, bytes)
  }
}
