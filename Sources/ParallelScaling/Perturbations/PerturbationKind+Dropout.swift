import LatentModels
import Tensors

extension PerturbationKind {
  private static let share = Strength(
    unit: "share of elements", range: 0..<1, isAbsolute: false)

  /// Where a call drops: in the blocks of an iteration, and of thoughts in those that read the prompt.
  private static func hooks(_ acting: Perturbing, _ kinds: [Site.Kind]) -> [Hook] {
    // As released: what reads the last thought, and the text after it, drop nothing.
    if acting.isOfThoughts, acting.iteration >= acting.last { return [] }
    if !acting.isOfThoughts, acting.iteration == 0 { return [] }
    let part: Site.Part = acting.iteration == 0 ? .prelude : .core
    let sites = (1...acting.model.facts.layers.core).flatMap { block in
      kinds.map { Site(part, block, $0) }
    }
    return [acting.changing(Set(sites), .dropout(share: acting.strength))]
  }

  /// Monte-Carlo dropout where the paper has it: after the feed-forward network.
  static let dropout = PerturbationKind(
    name: "dropout",
    explanation: "Elements of what feed-forward networks add are dropped, the others enlarged",
    strength: share, canBeHeld: true
  ) { hooks($0, [.feedForward]) }

  /// Monte-Carlo dropout where the released code has it: in both branches, the prompt included.
  static let releasedDropout = PerturbationKind(
    name: "dropout-both",
    explanation:
      "Elements of what attention and feed-forward networks add are dropped, as released",
    strength: share, canBeHeld: true
  ) { hooks($0, [.attention, .feedForward]) }
}
