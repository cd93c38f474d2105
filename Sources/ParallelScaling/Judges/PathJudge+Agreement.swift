extension PathJudge {
  /// The share of all copies that give the same answer.
  public static let agreement = PathJudge(
    name: "agreement", explanation: "the share of all copies that give the same answer",
    needsAll: true
  ) { copies in
    var counts: [Rollout.Answer: Int] = [:]
    for copy in copies {
      if let answer = copy.rollout.answer { counts[answer, default: 0] += 1 }
    }
    // Answering nothing is no agreement.
    return copies.map { copy in
      Double(copy.rollout.answer.flatMap { counts[$0] } ?? 0) / Double(copies.count)
    }
  }
}
