import Checkpoints
import Explorer

/// Lists of prompts worth a look: see Assets/prompts.
enum Gallery {
  /// Reads a list; nil is the one inside the program.
  /// - Parameter tasks: what the model was trained on. What to look for in the list inside was
  ///   written of a model that knows these tasks, and is left out for one that does not.
  /// - Throws: `CheckpointError` naming the file and the entry.
  static func read(
    _ path: String?, for tasks: Set<String>
  ) throws(CheckpointError) -> [GalleryEntry] {
    let name = path ?? "embedded gallery/gallery.json"
    let document =
      if let path { try JSONValue(readingFile: path) } else { try Checkpoint.embeddedGallery() }
    guard let list = document["prompts"]?.array else {
      throw CheckpointError(.damaged, file: name, "There is no list \"prompts\" in it.")
    }
    var entries: [GalleryEntry] = []
    for (index, entry) in list.enumerated() {
      guard let prompt = entry["prompt"]?.string, !prompt.isEmpty else {
        throw CheckpointError(
          .damaged, file: name, "Entry \(index + 1) of \"prompts\" has no text as its \"prompt\".")
      }
      let task = entry["task"]?.string
      let isKnown = task.map(tasks.contains) ?? !tasks.isEmpty
      entries.append(
        GalleryEntry(
          prompt: prompt, task: task, difficulty: entry["difficulty"]?.integer,
          look: path != nil || isKnown ? entry["look"]?.string ?? "" : ""))
    }
    return entries
  }
}
