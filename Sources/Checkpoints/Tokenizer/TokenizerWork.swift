/// The work a tokenizer may do for one text.
///
/// A tokenizer is a small program that came with a model: replacements in a row that double a text,
/// byte-level stages in a row, look-aheads within look-aheads can keep a machine busy for ever or
/// fill its memory. Sound ones need some dozens of steps for a byte; here they have a thousand.
struct TokenizerWork {
  /// The work or the room has come to an end.
  struct Exceeded: Error {
    /// What was being done.
    let stage: String
    /// What there was of it, for a text of how many bytes.
    let allowance: String
  }

  /// Steps for any text, and for each byte of it.
  static let (steps, stepsPerByte) = (20_000_000, 1_000)
  /// Letters a text may grow to, and for each byte of it.
  static let (letters, lettersPerByte) = (1_000_000, 32)
  /// Entries a pattern may remember about a text, and for each byte of it.
  static let (entries, entriesPerByte) = (16_000_000, 32)

  private let bytes: Int
  /// Steps that are left.
  private(set) var left: Int

  init(bytes: Int) {
    self.bytes = bytes
    left = Self.steps + bytes * Self.stepsPerByte
  }

  /// Steps that were taken.
  var spent: Int { Self.steps + bytes * Self.stepsPerByte - left }

  /// Takes some steps. A letter that is made or moved counts as one.
  mutating func spend(_ steps: Int, on stage: @autoclosure () -> String) throws(Exceeded) {
    left -= steps
    if left < 0 {
      throw Exceeded(
        stage: stage(), allowance: "\(Self.steps + bytes * Self.stepsPerByte) steps")
    }
  }

  /// Makes sure that a text of so many letters may be made.
  func hold(_ letters: Int, in stage: @autoclosure () -> String) throws(Exceeded) {
    let allowed = Self.letters + bytes * Self.lettersPerByte
    if letters > allowed {
      throw Exceeded(stage: stage(), allowance: "room for \(allowed) letters")
    }
  }

  /// Makes sure that so many entries may be remembered.
  func remember(_ entries: Int) throws(Exceeded) {
    let allowed = Self.entries + bytes * Self.entriesPerByte
    if entries > allowed {
      throw Exceeded(stage: "a regular expression", allowance: "room for \(allowed) entries")
    }
  }

  /// The error for people.
  func error(_ exceeded: Exceeded, file: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file,
      "The tokenizer needs more than \(exceeded.allowance) for \(bytes) bytes of text, in "
        + "\(exceeded.stage); no sound one does.",
      advice: "Give the prompt as token ids instead.")
  }
}
