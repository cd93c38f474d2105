import Checkpoints

extension RewardData {
  /// The questions of several files, one after the other.
  /// - Throws: as reading one; `RewardDataError` where files hold rollouts of different sizes.
  public init(paths: [String]) throws {
    let all = try paths.map { try RewardData(path: $0) }
    guard let first = all.first else { preconditionFailure("a file or more") }
    for (path, data) in zip(paths, all)
    where (data.rollouts, data.steps, data.width) != (first.rollouts, first.steps, first.width) {
      throw RewardDataError(
        path: path, tensor: "0.latent_embeds",
        problem: "has the shape [\(data.rollouts), \(data.steps), \(data.width)], and that of "
          + "\(paths[0]) is [\(first.rollouts), \(first.steps), \(first.width)]: what is learned "
          + "together has one size")
    }
    self.init(
      questions: all.flatMap(\.questions), rollouts: first.rollouts, steps: first.steps,
      width: first.width, vocabulary: all.compactMap(\.vocabulary).max())
  }

  /// Tells data apart.
  public var fingerprint: UInt64 {
    var print = Fingerprint()
    print.add("\(questions.count) \(rollouts) \(steps) \(width)")
    for question in questions {
      print.add(question.ids.map(String.init).joined(separator: " "))
      print.add(question.states)
      print.add(question.labels)
      print.add(question.correct.map { $0 ? UInt8(1) : 0 })
    }
    return print.value
  }

  /// The largest token id of all prompts.
  public var largestToken: Int { questions.map { $0.ids.max() ?? 0 }.max() ?? 0 }
  /// Tokens of the longest prompt.
  public var longestPrompt: Int { questions.map(\.ids.count).max() ?? 0 }
}
