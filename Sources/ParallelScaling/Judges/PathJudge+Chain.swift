import Trajectories

/// Chain of embedding (arXiv 2410.13640), over thoughts or states: larger for ways that were more often
/// right in its experiments.
extension PathJudge {
  private static func chain(_ copy: JudgedCopy) -> ChainOfEmbedding? {
    // Of one vector there is no chain.
    guard copy.chain.count > 1, copy.chain.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      return nil
    }
    return PathMeasures(copy.chain.map { $0.map(Double.init) }).chain
  }

  static let chainReal = PathJudge(
    name: "coe-r", explanation: "chain of embedding: mean step less mean turn"
  ) { $0.map { chain($0)?.real } }

  static let chainComplex = PathJudge(
    name: "coe-c", explanation: "chain of embedding: size of the mean of step and turn"
  ) { $0.map { chain($0)?.complex } }
}
