import LatentModels
import Trajectories

/// What a manifest says of a node beside its tensors.
struct SavedNode: Codable, Sendable {
  var node: NodeID
  /// The last iteration.
  var last: Int
  /// How many tokens.
  var tokens: Int
  /// The prompt as typed, and its start in words.
  var prompt: String
  var start: String
  var changesLastAlone: Bool
  var divergence: SavedDivergence?
  /// Nothing was read out of s₀ yet: what its tensors say of it is no divergence. Absent where it was.
  var startIsUnread: Bool?
  /// Tokens of the vocabulary that were watched in it.
  var watched: [Int]
  /// The texts of its tokens, which joined are all of its text.
  var pieces: [String]?

  /// - Parameter pieces: the texts of its tokens; nil where nobody knows them.
  init(_ node: NodeID, _ run: Trajectory, pieces: [String]?) {
    self.node = node
    self.pieces = pieces
    last = run.lastIteration
    tokens = run.tokens.count
    (prompt, start, changesLastAlone) = (run.prompt, run.start, run.changesLastAlone)
    startIsUnread = run.isStartRead ? nil : true
    divergence = run.divergence.map(SavedDivergence.init)
    var seen: Set<Int> = []
    watched = []
    for reading in run.steps.lazy.flatMap(\.readings) {
      for standing in reading.watched where seen.insert(standing.id).inserted {
        watched.append(standing.id)
      }
    }
  }
}

/// Where a run stopped being numbers, as far as its steps do not tell.
struct SavedDivergence: Codable, Sendable {
  var token: Int
  var iteration: Int
  var kind: String
  /// Where inside the model it began: the name of a site, or `head`.
  var origin: String?

  init(_ divergence: Divergence) {
    (token, iteration) = (divergence.at.token, divergence.at.iteration)
    kind = Self.kinds.first { $0.kind == divergence.kind }?.name ?? ""
    switch divergence.origin {
    case .site(let site): origin = "\(site)"
    case .head: origin = "head"
    case nil: origin = nil
    }
  }

  private static let kinds: [(name: String, kind: Divergence.Kind)] = [
    ("state", .state), ("gate", .gate), ("prediction", .prediction),
  ]

  /// nil where its words say nothing.
  var divergence: Divergence? {
    guard let kind = Self.kinds.first(where: { $0.name == kind })?.kind, token >= 0, iteration >= 0
    else { return nil }
    let place = origin.flatMap { origin in
      origin == "head" ? Divergence.Origin.head : Site(origin).map { .site($0) }
    }
    return Divergence(kind, at: Address(token: token, iteration: iteration), origin: place)
  }
}

/// A plane beside its coordinates.
struct SavedPlane: Codable, Sendable {
  var node: NodeID
  /// nil: fitted on all tokens.
  var token: Int?
  var first: Int
  var last: Int
  var texts: Int
  var explained: [Float]  // [components]
  /// Sums of squared distances of states to their mean: of each token's, and of all.
  var tokens: [Double]
  var all: Double

  init(_ node: NodeID, _ plane: Projection) {
    self.node = node
    token = plane.fit.token
    (first, last) = (plane.fit.iterations.lowerBound, plane.fit.iterations.upperBound)
    texts = plane.fit.texts
    explained = plane.explainedVarianceRatio
    (tokens, all) = (plane.spread.tokens, plane.spread.all)
  }
}
