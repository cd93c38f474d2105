import Checkpoints

/// Tokens that end a text.
enum StopTokens {
  /// Ends of text and of a turn, by the names Huginn's tokenizer gives them.
  private static let names = ["<|begin_text|>", "<|end_text|>", "<|end_turn|>"]

  /// What config.json and generation_config.json say begins or ends a text, and the ends that the
  /// tokenizer knows by name.
  static func of(_ checkpoint: Checkpoint) -> Set<Int> {
    var ids: Set<Int> = []
    for file in [checkpoint.configuration, checkpoint.generationConfiguration] {
      for key in ["bos_token_id", "eos_token_id"] {
        guard let value = file?[key] else { continue }
        ids.formUnion((value.array ?? [value]).compactMap(\.integer))
      }
    }
    if case .present(let tokenizer) = checkpoint.tokenizer {
      ids.formUnion(names.compactMap(tokenizer.specialToken))
    }
    return ids
  }
}
