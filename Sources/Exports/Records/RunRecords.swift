import Checkpoints
import Trajectories

/// Writes a run as JSON lines, schema `muninn.trace/1`: one record for every token after every iteration.
public struct RunRecords {
  public static let schema = "muninn.trace/1"
  /// Which run this is.
  private let run: Int
  private let vocabulary: TokenTexts
  /// The texts of its tokens; joined they are the prompt's.
  private let texts: [String]  // [tokens]
  /// Where its first token stands in the text.
  private let firstToken: Int
  /// Tokens of the vocabulary whose standing is recorded.
  private let watched: [Int]
  /// Candidates of a record at most.
  private let most: Int
  private var newest = NewestMoments()
  private var exits = RunningExits()

  /// - Parameters:
  ///   - run: what the records call it.
  ///   - texts: of its tokens, unescaped.
  ///   - firstToken: where the first of them stands in the text.
  ///   - watched: tokens of the vocabulary whose standing is recorded.
  ///   - most: candidates of a record at most.
  public init(
    run: Int, vocabulary: TokenTexts, texts: [String], firstToken: Int = 0, watched: [Int] = [],
    most: Int = .max
  ) {
    self.run = run
    self.vocabulary = vocabulary
    self.texts = texts
    self.firstToken = firstToken
    self.watched = watched
    self.most = most
  }

  /// The records of the next iteration, s₀ first; what needs the end of the run is not in them.
  public mutating func take(_ step: Step, of trajectory: Trajectory) -> [String] {
    newest.add(step)
    return records(
      newest.all, of: trajectory, Metric.recorded(MetricParts(of: step)))
  }

  /// Everything of a run that is there, with what needs its end.
  public static func write(
    _ run: ExportedRuns.Run, of runs: ExportedRuns, line: (String) throws -> Void
  ) rethrows {
    var records = RunRecords(
      run: run.number, vocabulary: runs.vocabulary, texts: run.texts, firstToken: run.firstToken)
    try records.write(run.trajectory, line: line)
  }

  /// The same of a run whose distances and arrival were measured.
  public mutating func write(
    _ trajectory: Trajectory, line: (String) throws -> Void
  ) rethrows {
    for step in trajectory.steps {
      let moments = trajectory.tokens.indices.map {
        trajectory.moment(token: $0, iteration: step.iteration)
      }
      let metrics = Metric.recorded(MetricParts(of: step), toLast: true)
      for record in records(moments, of: trajectory, metrics) { try line(record) }
    }
  }

  private mutating func records(
    _ moments: [Moment], of trajectory: Trajectory, _ metrics: [Metric]
  ) -> [String] {
    let ends = exits.add(moments, changesLastAlone: trajectory.changesLastAlone)
    return zip(moments, trajectory.tokens).map { moment, token in
      record(
        moment, token: token, metrics,
        ends: moment.token == trajectory.tokens.count - 1 ? ends : nil)
    }
  }

  private func record(
    _ moment: Moment, token: Token, _ metrics: [Metric], ends: JSONLine?
  ) -> String {
    let reading =
      moment.step.readings.indices.contains(moment.token)
      ? moment.step.readings[moment.token] : .diverged
    var line = JSONLine()
    line.add("schema", Self.schema)
    line.add("run", run)
    line.add("iteration", moment.step.iteration)
    line.add("token", firstToken + moment.token)
    line.add("id", token.id)
    line.add("text", texts.indices.contains(moment.token) ? texts[moment.token] : token.text)
    if let bytes = vocabulary.bytes(token.id) { line.add("bytes", bytes) }
    // In the digits of the single numbers they are made of.
    for metric in metrics { line.add(metric.name, metric.value(moment).map { Float($0) }) }
    line.add("argmax", reading.argmax)
    line.add("top", reading.top.prefix(most).map(candidate))
    if !watched.isEmpty {
      line.add("watched", watched.map { Self.standing(of: $0, in: reading.watched, vocabulary) })
    }
    if let ends { line.add("exits", raw: ends.line) }
    return line.line
  }

  /// How a token of the vocabulary stands; null where there is no prediction.
  public static func standing(
    of id: Int, in standings: [Standing], _ vocabulary: TokenTexts
  ) -> JSONLine {
    let standing = standings.first { $0.id == id }
    var line = named(id, vocabulary)
    line.add("rank", standing?.rank)
    line.add("p", standing?.probability)
    return line
  }

  private func candidate(_ candidate: Candidate) -> JSONLine {
    var line = Self.named(candidate.id, vocabulary)
    line.add("p", candidate.probability)
    return line
  }

  private static func named(_ id: Int, _ vocabulary: TokenTexts) -> JSONLine {
    var line = JSONLine()
    line.add("id", id)
    line.add("text", vocabulary.text(id))
    if let bytes = vocabulary.bytes(id) { line.add("bytes", bytes) }
    return line
  }
}
