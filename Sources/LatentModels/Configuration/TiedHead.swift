import Checkpoints
import Tensors

/// An output head that the configuration says is the embedding, and that the file holds all the same.
struct TiedHead {
  /// Whether the file's head is another matrix than the embedding.
  let isOfItsOwn: Bool
  /// What to say of it; nil where it is the embedding, or not there.
  let warning: String?

  /// Compares the two, element by element. A head that differs is used, as transformers 5 does:
  /// whoever trained it had another one in mind than the configuration says.
  init(_ checkpoint: Checkpoint, head: String, embedding: String) {
    if let other = checkpoint.skipped[head] {
      isOfItsOwn = false
      warning =
        "the head is to be the embedding; \(head) in the file is \(other.type) and was not compared"
      return
    }
    guard let stored = checkpoint.tensors[head], let table = checkpoint.tensors[embedding],
      !stored.hasSameElements(as: table)
    else {
      (isOfItsOwn, warning) = (false, nil)
      return
    }
    isOfItsOwn = true
    warning =
      "the head is to be the embedding, but \(head) in the file differs from \(embedding); "
      + "the head in the file is used, as by transformers 5"
  }
}

extension Checkpoint {
  /// Whether the files hold a tensor of this name, in whatever type.
  func has(_ name: String) -> Bool { tensors[name] != nil || skipped[name] != nil }
}
