/// All that two runs differ in: texts, answers and every number, with where that is first. A view, made
/// when it is asked for. Wall times do not count.
public struct RunDifferences: Sendable {
  public let both: BranchComparison
  /// By metric, KL(A‖B) and the distance of the states first, as far as they are known.
  public let metrics: [MetricDifference]
  /// By position of the longer text.
  public let tokens: [TokenDifference]
  /// Places from iteration 1 on at which they would say different things, by iteration, then by token.
  public let answers: [Address]

  /// - Parameter tolerance: up to which share of the larger number, or of 1, two numbers are the same.
  public init(_ both: BranchComparison, tolerance: Double = 0) {
    self.both = both
    let places = both.commonPlaces
    var metrics: [MetricDifference] = []
    if let distances = both.distances {
      func difference(
        _ name: String, _ title: String, _ unit: String, _ value: (Address) -> Float?
      ) -> MetricDifference {
        // It is a difference already. What is no number says nothing: others tell which side diverged.
        let known = places.compactMap { place in
          value(place).finite.map { MetricDifference.Pair(place: place, a: Double($0), b: 0) }
        }
        return MetricDifference(
          name: name, title: title, unit: unit, known, tolerance: tolerance)
      }
      metrics.append(difference("kl_ab", "KL(A‖B)", "nats", distances.divergence))
      metrics.append(
        difference("state_distance", "‖ln_f(A) − ln_f(B)‖", "", distances.distance))
    }
    metrics += Metric.all.filter { ![.distances, .arrival].contains($0.needs) }.map { metric in
      MetricDifference(
        name: metric.name, title: metric.title, unit: metric.unit,
        places.map {
          .init(place: $0, a: both.a.value(metric, $0), b: both.b.value(metric, $0))
        }, tolerance: tolerance)
    }
    self.metrics = metrics.filter { $0.places > 0 }
    answers = places.filter { place in
      guard place.iteration >= 1, case .differs = both.cell(place) else { return false }
      return true
    }
    let (found, answers) = (self.metrics, answers)
    tokens = (0..<both.rows).map { row in
      TokenDifference(
        index: row, a: .init(both.a, token: row), b: .init(both.b, token: row),
        first: found.compactMap { $0.firstOfToken[row] }.min(),
        parts: answers.first { $0.token == row }?.iteration,
        largestDivergence: both.largestDivergence(of: row))
    }
  }

  /// Whether they are the same in everything: texts, iterations, answers, numbers.
  public var isSame: Bool {
    both.a.tokenCount == both.b.tokenCount && both.changedTokens.isEmpty && answers.isEmpty
      && tokens.allSatisfy { $0.a.iterations == $0.b.iterations }
      && metrics.allSatisfy { $0.differing == 0 }
  }

  /// The first place at which any number differs, by iteration, then by token; nil where none does.
  public var first: Address? {
    metrics.compactMap(\.first).min { ($0.iteration, $0.token) < ($1.iteration, $1.token) }
  }

  /// The metrics that differ at that place first.
  public var differingFirst: [MetricDifference] {
    first.map { place in metrics.filter { $0.first == place } } ?? []
  }

  /// The positions that settle in one alone, or at another iteration, where both were measured.
  public var settlingOtherwise: [TokenDifference] { tokens.filter(\.arrivesOtherwise) }
}

extension Branch {
  /// A metric at a place; nil where it is undefined, or nothing was computed.
  func value(_ metric: Metric, _ place: Address) -> Double? {
    let passage = passages[passage(of: place.token)]
    let row = place.token - passage.firstToken
    guard (0...passage.trajectory.lastIteration).contains(place.iteration),
      passage.trajectory.tokens.indices.contains(row)
    else { return nil }
    return metric.value(passage.trajectory, iteration: place.iteration, token: row)
  }
}

extension BranchComparison {
  /// Every place that both have, s₀ too, by iteration, then by token.
  var commonPlaces: [Address] {
    guard commonRows > 0 else { return [] }
    let last = (0..<commonRows).map(commonIterations)
    return (0...(last.max() ?? 0)).flatMap { iteration in
      (0..<commonRows).filter { iteration <= last[$0] }.map {
        Address(token: $0, iteration: iteration)
      }
    }
  }

  /// The largest KL(A‖B) of a position from iteration 1 on.
  func largestDivergence(of row: Int) -> Float? {
    guard let distances, row < commonRows else { return nil }
    return (0...commonIterations(of: row)).dropFirst().compactMap {
      distances.divergence(Address(token: row, iteration: $0))
    }.max()
  }
}
