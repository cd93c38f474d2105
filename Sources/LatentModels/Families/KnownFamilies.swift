import Checkpoints

/// Families of looped and recurrent models that people have and that are not read here: what they are
/// called, and what is missing.
struct KnownFamily: Sendable {
  /// Words that a configuration of this family has in its type or the names of its classes, in small
  /// letters and digits alone.
  let marks: [String]
  /// Whether a mark is all that is said, since it stands in words of others, too.
  var isWhole = false
  /// The family, as a person would say it.
  let name: String
  /// What would have to be there to read it; a clause.
  let missing: String

  private func isMarked(_ word: String) -> Bool {
    isWhole ? marks.contains(word) : marks.contains(where: word.contains)
  }

  static let all: [KnownFamily] = [
    KnownFamily(
      marks: ["iquestloopcoder", "iquestpltcoder", "loopcoder"],
      name: "LoopCoder (IQuest-Coder Loop)",
      missing: "a second loop over a window of the text, mixed in by a gate of each head"
    ),
    KnownFamily(
      marks: ["loopformer"], name: "LoopFormer",
      missing: "blocks that are told the time and the length of their step"),
    KnownFamily(
      marks: ["mixtureofrecursions", "mixtureofrecursion"], name: "Mixture-of-Recursions",
      missing: "routers that choose a depth for every token"),
    KnownFamily(
      marks: ["loopie"], name: "Loopie",
      missing: "what its loop computes, which nothing known here says"),
    KnownFamily(
      marks: ["sensenovaloop"], name: "SenseNova-Loop",
      missing: "what its loop computes, which nothing known here says"),
    KnownFamily(
      marks: ["loopedlm"], name: "LoopedLM",
      missing: "how its files, which are not those of transformers, say what its loop computes"),
    KnownFamily(
      marks: ["hrm", "hierarchicalreasoningmodel"], isWhole: true, name: "HRM (puzzles)",
      missing: "its halting head and its embeddings of puzzles; HRM-Text is read"),
  ]

  /// The row of a checkpoint, with the words it was known by; nil for a stranger.
  static func of(_ checkpoint: Checkpoint) -> (family: KnownFamily, said: String)? {
    let json = checkpoint.configuration
    let words =
      ["model_type", "_class_name", "model_class_name"].compactMap { json[$0]?.string }
      + (json["architectures"]?.array ?? []).compactMap(\.string)
    for word in words {
      let plain = word.lowercased().filter { $0.isLetter || $0.isNumber }
      if let family = all.first(where: { $0.isMarked(plain) }) {
        return (family, word)
      }
    }
    return nil
  }
}
