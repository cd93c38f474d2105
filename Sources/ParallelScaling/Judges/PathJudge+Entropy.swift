extension PathJudge {
  static let entropy = PathJudge(
    name: "entropy",
    explanation: "how sure it is: the entropy of the prediction its answer begins with, negative"
  ) { $0.map { $0.rollout.entropy.map { -$0 } } }
}
