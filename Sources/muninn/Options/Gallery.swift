import Checkpoints
import Explorer

/// Lists of prompts worth a look: see Assets/prompts.
enum Gallery {
  /// Reads a list; nil is the one inside the program.
  /// - Throws: `CheckpointError` naming the file and the entry.
  static func read(_ path: String?) throws(CheckpointError) -> [GalleryEntry] {
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
      entries.append(
        GalleryEntry(
          prompt: prompt, task: entry["task"]?.string, difficulty: entry["difficulty"]?.integer,
          look: entry["look"]?.string ?? ""))
    }
    return entries
  }
}
