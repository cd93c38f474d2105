/// The causes from a root to a node, with the iterations at which each was taken: all it takes to
/// have the same bits again. Equal lineages are the same run, wherever they stand in a tree.
public struct Lineage: Sendable, Hashable {
  /// A cause, and after which iteration of the link before it it was taken; nil for the first.
  public struct Link: Codable, Sendable, Hashable {
    public let iteration: Int?
    public let cause: Cause

    public init(iteration: Int?, cause: Cause) {
      self.iteration = iteration
      self.cause = cause
    }
  }

  public let links: [Link]  // never empty

  /// nil unless a prompt comes first, and after it what goes on from an iteration.
  public init?(_ links: [Link]) {
    guard let first = links.first, first.cause.isRoot, first.iteration == nil,
      links.dropFirst().allSatisfy({ link in
        link.iteration.map(link.cause.canLeave) ?? false
      })
    else { return nil }
    self.links = links
  }

  /// That of a prompt.
  public init(_ prompt: PromptCause) {
    links = [Link(iteration: nil, cause: .prompt(prompt))]
  }

  /// That of what leaves this at an iteration.
  /// - Precondition: no iteration is negative.
  public func appending(_ cause: TokenCause, at iteration: Int) -> Lineage {
    precondition(iteration >= 0, "no iteration is negative")
    return Lineage(trusted: links + [Link(iteration: iteration, cause: .token(cause))])
  }

  /// That of this run with an edit, which leaves it where it first differs.
  public func appending(_ cause: EditCause) -> Lineage { rerun(.edit(cause)) }

  /// That of a copy of this run.
  public func appending(_ cause: CopyCause) -> Lineage { rerun(.copy(cause)) }

  private func rerun(_ cause: Cause) -> Lineage {
    Lineage(trusted: links + [Link(iteration: cause.firstIteration, cause: cause)])
  }

  private init(trusted links: [Link]) { self.links = links }

  /// That of the parent; nil for a prompt.
  public var parent: Lineage? {
    links.count > 1 ? Lineage(trusted: links.dropLast()) : nil
  }

  /// The token ids of the text.
  public var ids: [Int] { links.flatMap(\.cause.ids) }

  /// The run of a prompt, or of one token after it, as part of a text.
  public struct Passage: Sendable, Hashable {
    public let lineage: Lineage
    /// Where its first token stands in the text.
    public let firstToken: Int
  }

  /// All runs of the text, that of the prompt first. An edited run, and a copy, stands in the place of the one it
  /// was made from.
  public var passages: [Passage] {
    var passages: [Passage] = []
    var next = 0
    for (index, link) in links.enumerated() {
      let lineage = Lineage(trusted: Array(links[...index]))
      if link.cause.isRerun, let before = passages.popLast() {
        passages.append(Passage(lineage: lineage, firstToken: before.firstToken))
      } else {
        passages.append(Passage(lineage: lineage, firstToken: next))
        next += link.cause.ids.count
      }
    }
    return passages
  }

  /// Tokens that were taken after the prompt.
  package var takenCount: Int {
    links.reduce(0) { if case .token = $1.cause { $0 + 1 } else { $0 } }
  }

  /// How many links two have in common, from the root: what is computed for one is there for both.
  public func common(with other: Lineage) -> Int {
    var count = 0
    while count < min(links.count, other.links.count), links[count] == other.links[count] {
      count += 1
    }
    return count
  }
}

extension Lineage: Codable {
  public init(from decoder: any Decoder) throws {
    let links = try decoder.singleValueContainer().decode([Link].self)
    guard let lineage = Lineage(links) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "a lineage is a prompt and what goes on from its iterations"))
    }
    self = lineage
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(links)
  }
}
