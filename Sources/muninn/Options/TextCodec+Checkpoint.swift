import Checkpoints
import Engine
import Trajectories

extension TextCodec {
  /// The codec of a checkpoint's tokenizer; ids only when it has none that can be read.
  init(_ state: Checkpoint.TokenizerState, addSpecialTokens: Bool) {
    switch state {
    case .present(let tokenizer):
      self.init(
        encode: { try tokenizer.encode($0, addSpecialTokens: addSpecialTokens) },
        encodeAnswer: {
          try tokenizer.encode(prompt: $0, answer: $1, addSpecialTokens: addSpecialTokens)
        },
        token: { id in
          Token(id: id, text: tokenizer.displayText(id), isSpecial: tokenizer.isSpecial(id))
        },
        decode: { tokenizer.decode([$0], skipSpecialTokens: false) },
        stream: { tokenizer.stream(after: $0, skipSpecialTokens: false) },
        bytes: { tokenizer.bytes(of: $0) })
    case .missing:
      self = .idsOnly(problem: "The model has no tokenizer.json.")
    case .unreadable(let error):
      self = .idsOnly(problem: error.description)
    }
  }
}

extension Tokenizer {
  /// One token, safe to print; `#id` for an id the tokenizer does not know.
  func displayText(_ id: Int) -> String {
    guard let bytes = bytes(of: id) else { return "#\(id)" }
    return DisplayText.escape(bytes: bytes)
  }
}
