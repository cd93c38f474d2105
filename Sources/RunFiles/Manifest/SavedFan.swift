import Trajectories

/// Many copies of a prompt as a manifest has them: what makes them, so that they are made again to the
/// same bits, and what came of them, so that they are looked at without a model.
public struct SavedFan: Codable, Sendable, Hashable {
  /// Numbers a file holds of copies at most: copies times iterations.
  public static let mostMoments = 1 << 16

  /// What came of one copy.
  public struct Copy: Codable, Sendable, Hashable {
    /// The likeliest token at every iteration from s₀ on; null where it is not finite.
    public var said: [Int?]
    /// Where its states lie on the common basis.  // [iterations + 1][2]
    public var points: [[Float]]
    /// Its answer, as a number or as a text; nil for none.
    public var number: Double?
    public var words: String?
    /// What it wrote.
    public var text: String
    public var iterations: Int
    public var residuals: [Double]
    public var entropy: Double?
    public var exit: Int?
    public var stepScores: [Double]
    public var wholeScore: Double?

    public init(said: [Int?], points: [[Float]], text: String, iterations: Int) {
      (self.said, self.points, self.text, self.iterations) = (said, points, text, iterations)
      (residuals, stepScores) = ([], [])
    }
  }

  /// What came of all of them.
  public struct Results: Codable, Sendable, Hashable {
    public var copies: [Copy]
    /// The run without noise.
    public var plain: Copy
    public var explainedVarianceRatio: [Float]  // [2]
    /// Drift, dispersion, size and count at every iteration.  // [iterations + 1][4]
    public var spread: [[Double]?]
    /// The numbers of `CopySpread` in their order.  // [iterations + 1][9]
    public var pairs: [[Double?]?]
    public var pairedCopies: Int
    public var level: Float?

    public init(
      copies: [Copy], plain: Copy, explainedVarianceRatio: [Float], spread: [[Double]?],
      pairs: [[Double?]?], pairedCopies: Int, level: Float?
    ) {
      (self.copies, self.plain, self.spread, self.pairs) = (copies, plain, spread, pairs)
      self.explainedVarianceRatio = explainedVarianceRatio
      (self.pairedCopies, self.level) = (pairedCopies, level)
    }
  }

  /// The prompt they are copies of.
  public var root: NodeID
  /// A perturbation by its name; nil: copies differ by where they start.
  public var kind: String?
  public var strength: Float
  public var isHeld: Bool
  public var seed: UInt64
  public var iterations: Int
  public var endsItself: Bool
  public var count: Int
  public var selected: Int?
  /// Who scored them, by name.
  public var judge: String?
  /// nil where they are made again when they are looked at.
  public var results: Results?

  public init(
    root: NodeID, kind: String?, strength: Float, isHeld: Bool, seed: UInt64, iterations: Int,
    endsItself: Bool, count: Int
  ) {
    (self.root, self.kind, self.strength, self.isHeld) = (root, kind, strength, isHeld)
    (self.seed, self.iterations, self.endsItself) = (seed, iterations, endsItself)
    self.count = count
  }

  /// What is wrong with it; nil for nothing.
  /// - Parameter vocabulary: how many tokens there are.
  func problem(in tree: RunTree, vocabulary: Int) -> String? {
    guard let node = tree[root], node.cause.isRoot else { return "are of no prompt" }
    guard (1...1_000_000).contains(iterations), (1...4096).contains(count), strength.isFinite,
      strength >= 0, selected.map((0..<count).contains) ?? true
    else { return "count what cannot be" }
    guard let results else { return nil }
    let moments = iterations + 1
    let all = results.copies + [results.plain]
    guard results.copies.count == count, results.spread.count == moments,
      results.pairs.count == moments, results.explainedVarianceRatio.count == 2,
      results.pairedCopies >= 0,
      results.spread.allSatisfy({ row in
        row.map { $0.count == 4 && $0.allSatisfy(\.isFinite) && $0[3] >= 0 && $0[3] < 1e9 } ?? true
      }),
      results.pairs.allSatisfy({ $0?.count ?? 9 == 9 })
    else { return "do not fit what is said of them" }
    for copy in all {
      guard copy.said.count <= moments, !copy.said.isEmpty, copy.points.count <= moments,
        copy.points.allSatisfy({ $0.count == 2 }), (0...iterations).contains(copy.iterations),
        copy.residuals.count <= moments, copy.exit.map((0...iterations).contains) ?? true,
        copy.said.allSatisfy({ $0.map((0..<vocabulary).contains) ?? true })
      else { return "have one that cannot be" }
    }
    return nil
  }
}
