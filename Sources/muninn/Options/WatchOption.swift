import ArgumentParser
import Checkpoints
import Engine
import Trajectories

/// Tokens of the vocabulary on the command line, whose rank and probability are told exactly.
struct WatchOption: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "Record rank and probability of this token too; may be repeated.",
      discussion: "Its text, \"7\", or its id, \"#55\".", valueName: "token"))
  var watch: [String] = []

  /// The ids, each once.
  /// - Throws: `ValidationError` for a text that is not one token, and for an id that does not exist.
  func ids(_ workbench: Workbench) throws -> [Int] {
    var ids: [Int] = []
    for word in watch {
      let id = try Self.id(word, workbench)
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  private static func id(_ word: String, _ workbench: Workbench) throws -> Int {
    let count = workbench.vocabulary.count
    let digits = word.dropFirst()
    if word.hasPrefix("#"), !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
      guard let id = Int(digits), id < count else {
        throw ValidationError(
          "--watch: there is no token \(word); ids go from #0 to #\(count - 1).")
      }
      return id
    }
    guard let ids = workbench.codec.plainIDs(of: word) else {
      throw ValidationError("--watch: this model has no tokenizer; give an id, as #55.")
    }
    guard ids.count == 1 else {
      let name = "\"\(DisplayText.escape(word))\""
      let pieces = ids.prefix(8).map {
        "#\($0) \"\(DisplayText.escape(workbench.codec.decode($0)))\""
      }
      let more = ids.count > 8 ? ", and \(ids.count - 8) more" : ""
      throw ValidationError(
        ids.isEmpty
          ? "--watch: an empty text is no token; give one, or an id, as #55."
          : "--watch: \(name) is \(ids.count) tokens: \(pieces.joined(separator: ", "))\(more). "
            + "Give each its own --watch.")
    }
    return ids[0]
  }
}

extension TextCodec {
  /// The ids of a text without what every text begins with; nil where there is no tokenizer.
  func plainIDs(of text: String) -> [Int]? {
    guard let ids = try? encode(text), let none = try? encode("") else { return nil }
    return Array(ids.starts(with: none) ? ids.dropFirst(none.count) : ids[...])
  }
}
