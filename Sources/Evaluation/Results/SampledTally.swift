import ParallelScaling

/// What copies of some problems came to, in whole numbers: the same in whatever order problems came in.
public struct SampledTally: Sendable, Equatable {
  /// Of every problem.
  public let copies: Int
  /// Problems that were answered, rightly or not.
  public private(set) var problems = 0
  /// Problems whose run without noise was not finite: they count in nothing else.
  public private(set) var diverged = 0
  /// Problems that could not be asked: they too count in nothing else.
  public private(set) var leftOut = 0
  /// How many problems had so many right copies.
  public private(set) var byRight: [Int]  // [copies + 1]
  public private(set) var greedyRight = 0
  /// Problems in which a beam search was made.
  public private(set) var searched = 0
  /// Those in which it was right.
  public private(set) var beamRight = 0
  /// Copies without an answer.
  public private(set) var unreadable = 0
  /// Copies that stopped being finite, which are among those.
  public private(set) var lost = 0
  /// Different answers of each problem, summed up.
  public private(set) var distinct = 0
  /// By the order of the table of aggregators; those that could choose nowhere are not there.
  public private(set) var choices: [Choice] = []

  /// What an aggregator came to.
  public struct Choice: Sendable, Equatable {
    public let aggregator: String
    /// Problems in which it could choose.
    public var chose = 0
    /// Problems in which it was right among the first 1, 2, 4, … and all copies.
    public var right: [Int]
  }

  public init(copies: Int) {
    self.copies = copies
    byRight = [Int](repeating: 0, count: copies + 1)
  }

  /// Numbers of copies that choices are made among.
  public var counts: [Int] { Coverage.counts(upTo: copies) }

  /// - Precondition: as many copies.
  mutating func add(_ outcome: SampledRecord.Outcome) {
    switch outcome {
    case .leftOut: leftOut += 1
    case .diverged: diverged += 1
    case .answered(let sample):
      precondition(sample.answers.count == copies, "\(sample.answers.count) of \(copies) copies")
      problems += 1
      byRight[sample.right] += 1
      greedyRight += sample.greedy == sample.key ? 1 : 0
      unreadable += sample.unreadable
      lost += sample.lost
      distinct += sample.distinct
      if let beam = sample.beam {
        searched += 1
        beamRight += beam.answer == sample.key ? 1 : 0
      }
      for choice in sample.choices { add(choice) }
    }
  }

  private mutating func add(_ choice: SampledRecord.Choice) {
    var place = choices.firstIndex { $0.aggregator == choice.aggregator }
    if place == nil {
      choices.append(
        Choice(aggregator: choice.aggregator, right: [Int](repeating: 0, count: counts.count)))
      let order = Aggregator.all.map(\.name)
      choices.sort {
        order.firstIndex(of: $0.aggregator) ?? 0 < order.firstIndex(of: $1.aggregator) ?? 0
      }
      place = choices.firstIndex { $0.aggregator == choice.aggregator }
    }
    guard let place else { return }
    choices[place].chose += 1
    for (index, isRight) in choice.rightOfFirst.enumerated() where isRight {
      choices[place].right[index] += 1
    }
  }

  /// All problems there were.
  public var asked: Int { problems + diverged + leftOut }

  /// The share of problems that the run without noise answers.
  public var greedy: ShareInterval? { ShareInterval(hits: greedyRight, of: problems) }

  /// The share of problems that the best of a beam search answers; nil where none was made.
  public var beam: ShareInterval? {
    searched > 0 ? ShareInterval(hits: beamRight, of: problems) : nil
  }

  /// The share of right copies, in the mean over problems: how often one copy is right.
  public var random: MeanInterval? { coverage(1) }

  /// pass@k, in the mean over problems; nil without problems.
  /// - Precondition: k is from 1 to the number of copies.
  public func coverage(_ k: Int) -> MeanInterval? {
    precondition((1...copies).contains(k), "\(k) of \(copies) copies")
    return MeanInterval(
      byRight.enumerated().filter { $0.element > 0 }.map { right, count in
        (value: Coverage.passAtK(copies: copies, right: right, k: k), count: count)
      })
  }

  /// Accuracy of a choice among the first so many copies.
  /// - Parameter place: in `counts`.
  public func accuracy(_ choice: Choice, _ place: Int) -> ShareInterval? {
    ShareInterval(hits: choice.right[place], of: problems)
  }

  /// Copies without an answer, as a share.
  public var unreadableShare: Double? {
    problems > 0 ? Double(unreadable) / (Double(problems) * Double(copies)) : nil
  }

  /// Different answers of a problem on average.
  public var distinctAnswers: Double? {
    problems > 0 ? Double(distinct) / Double(problems) : nil
  }
}
