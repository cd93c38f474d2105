import Checkpoints
import Engine
import LatentModels
import Trajectories

extension TextCodec {
  /// The codec of a checkpoint's tokenizer; ids only when it has none that can be read.
  /// - Parameter thoughts: how the model wants to be asked, where it thinks in hidden vectors.
  init(
    _ state: Checkpoint.TokenizerState, addSpecialTokens: Bool, thoughts: ThoughtFacts? = nil
  ) {
    switch state {
    case .present(let tokenizer):
      let around = Set(
        [thoughts?.tokens.start, thoughts?.tokens.latent, thoughts?.tokens.end].compactMap { $0 })
      self.init(
        encode: { text in
          func encode(_ text: String) throws -> [Int] {
            try tokenizer.encode(text, addSpecialTokens: addSpecialTokens)
          }
          return try thoughts?.ids(of: text, encode) ?? encode(text)
        },
        encodeAnswer: {
          try tokenizer.encode(prompt: $0, answer: $1, addSpecialTokens: addSpecialTokens)
        },
        token: { id in
          Token(
            id: id, text: tokenizer.displayText(id),
            isSpecial: tokenizer.isSpecial(id) || around.contains(id))
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
