/// Why a checkpoint, or a part of it, cannot be read: a sentence that names the file and the
/// tensor, and says what to do.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// What sort of trouble it is; tests and callers branch on this, people read `description`.
  public enum Kind: Sendable, Equatable {
    /// A file or model is not there.
    case missing
    /// A file is there in name only: a link whose target is gone, or a pointer to contents that
    /// were not fetched.
    case incomplete
    /// The system refused to open, read or write a file.
    case inaccessible
    /// A file does not hold what its format demands.
    case damaged
    /// A file is sound, but holds something this program does not handle.
    case unsupported
    /// The tensors are not the ones the model needs.
    case mismatch
  }

  /// What sort of trouble it is.
  public let kind: Kind
  /// The file it is about, when there is one.
  public let file: String?
  /// The cause, a whole sentence.
  public let cause: String
  /// What to do about it, a whole sentence.
  public let advice: String?

  /// Describes one trouble.
  public init(_ kind: Kind, file: String? = nil, _ cause: String, advice: String? = nil) {
    self.kind = kind
    self.file = file
    self.cause = cause
    self.advice = advice
  }

  /// The same trouble with better advice, where a part of a download is lacking.
  func resuming(_ advice: String?) -> CheckpointError {
    guard kind == .incomplete, let advice else { return self }
    return CheckpointError(kind, file: file, cause, advice: advice)
  }

  /// The whole sentence. Names in damaged files may hold anything, so all but line breaks is
  /// escaped for the terminal.
  public var description: String {
    let text = (file.map { "\($0): " } ?? "") + cause + (advice.map { " \($0)" } ?? "")
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { DisplayText.escape(String($0)) }.joined(separator: "\n")
  }
}
