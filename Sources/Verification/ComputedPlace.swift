import LatentModels

/// Where a number stands in the order in which a model computes: prompt by prompt the prelude, then iteration
/// by iteration the adapter and the blocks, then the coda.
public struct ComputedPlace: Sendable, Hashable, Comparable {
  /// The prompt, by its place in the reference.
  public let prompt: Int
  public let promptName: String
  /// 0 in the prelude; in the coda that of the state it reads.
  public let iteration: Int
  /// nil: a state, of which the reference does not say how it came about.
  public let site: Site?
  /// nil before one was found.
  public var token: Int?

  public init(prompt: Int, promptName: String, iteration: Int, site: Site?) {
    (self.prompt, self.promptName) = (prompt, promptName)
    (self.iteration, self.site) = (iteration, site)
  }

  public static func < (a: ComputedPlace, b: ComputedPlace) -> Bool {
    a.order.lexicographicallyPrecedes(b.order)
  }

  private var order: [Int] {
    let part: [Site.Part: Int] = [.prelude: 0, .core: 1, .coda: 3]
    let kind: [Site.Kind: Int] = [
      .state: 0, .attentionWeights: 1, .attention: 2, .feedForward: 3, .stream: 4, .adapter: 5,
      .embedded: 9,
    ]
    // e comes after the prelude's blocks, and a state after those of its iteration.
    let block = site.map { $0.kind == .embedded ? Int.max : $0.block } ?? 0
    return [
      prompt, iteration, site.map { part[$0.part] ?? 0 } ?? 2, block,
      site.map { kind[$0.kind] ?? 0 } ?? 0, token ?? 0,
    ]
  }

  /// `prompt 0 (short), iteration 1, in the feed-forward network of core block 2 (token 4)`.
  public var words: String {
    let name = promptName.isEmpty ? "" : " (\(promptName))"
    let place = site.map(\.words) ?? "the state after it; this reference does not look inside"
    return "prompt \(prompt)\(name), " + (iteration > 0 ? "iteration \(iteration), " : "") + place
      + (token.map { " (token \($0))" } ?? "")
  }
}

/// Numbers of all tokens at one place, one token's after another's.
struct ComputedTokens {
  let place: ComputedPlace
  /// Numbers a token has.
  let width: Int

  func place(of element: Int) -> ComputedPlace {
    var place = place
    place.token = element / max(1, width)
    return place
  }
}
