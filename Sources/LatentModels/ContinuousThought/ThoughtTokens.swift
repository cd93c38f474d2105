import Checkpoints

/// Ids of the tokens around continuous thoughts. Their order differs between checkpoints, so that
/// they are found by what they read.
public struct ThoughtTokens: Sendable, Equatable {
  /// The last token of a prompt: the hidden vector there is the first thought.
  public var start: Int?
  /// What stands in a text for a thought; its embedding is never read.
  public var latent: Int?
  /// Follows the last thought, whatever the model would say.
  public var end: Int?
  /// A token that ends the thoughts where the model says it; nil where their number is given.
  public var stop: Int?

  public init(start: Int? = nil, latent: Int? = nil, end: Int? = nil, stop: Int? = nil) {
    (self.start, self.latent, self.end, self.stop) = (start, latent, end, stop)
  }

  /// How the tokens read, in the order start, latent, end.
  public static let texts = ["<|start-latent|>", "<|latent|>", "<|end-latent|>"]
  /// What models with a latent head say when they have thought enough.
  static let stopText = "###"

  /// The tokens of a checkpoint: by content where it has a tokenizer, else as its configuration says.
  /// - Parameter hasStop: whether the model itself ends its thoughts.
  /// - Returns: also what to say where the two disagree.
  static func find(
    _ checkpoint: Checkpoint, stated: ThoughtTokens, hasStop: Bool
  ) -> (tokens: ThoughtTokens, warnings: [String]) {
    guard case .present(let tokenizer) = checkpoint.tokenizer else { return (stated, []) }
    func id(_ text: String) -> Int? {
      guard let ids = try? tokenizer.encode(text, addSpecialTokens: false), ids.count == 1 else {
        return nil
      }
      return ids[0]
    }
    // A model that ends its thoughts itself begins them where its prompt ends.
    if hasStop { return (ThoughtTokens(stop: id(stopText)), []) }
    var warnings: [String] = []
    let keys = ["latent_start_id", "latent_id", "latent_end_id"]
    let named = [stated.start, stated.latent, stated.end]
    let found = zip(zip(texts, keys), named).map { pair, named -> Int? in
      let (text, key) = pair
      guard let found = id(text) else { return named }
      if let named, named != found {
        warnings.append(
          "\(key) is \(named), but \(text) of the tokenizer is \(found), which counts")
      }
      return found
    }
    let tokens = ThoughtTokens(
      start: found[0], latent: found[1], end: found[2])
    return (tokens, warnings)
  }
}
