import Checkpoints
import Engine
import Trajectories

/// Writes one run of several as JSON lines, schema `muninn.trace/1`; all go to one file.
final class TraceRecords {
  static let schema = "muninn.trace/1"
  private let file: OutputFile
  private let codec: TextCodec
  /// Which run this is, from 0.
  private let run: Int
  /// Tokens of the vocabulary whose standing is recorded.
  private let watched: [Int]
  /// The texts of the prompt's tokens; joined they are the prompt's.
  private var texts: [String]  // [tokens]
  private let most: Int
  private var newest = NewestMoments()

  /// - Parameters:
  ///   - texts: those of the tokens, where they are known already.
  ///   - most: candidates of a record.
  init(
    _ file: OutputFile, codec: TextCodec, run: Int, watched: [Int] = [], texts: [String] = [],
    most: Int = .max
  ) {
    self.texts = texts
    self.most = most
    self.file = file
    self.codec = codec
    self.run = run
    self.watched = watched
  }

  /// One record per token of one iteration.
  func write(_ step: Step, tokens: [Token]) throws {
    newest.add(step)
    if texts.isEmpty { texts = codec.texts(tokens.map(\.id)) }
    let metrics = Metric.recorded(hasGate: step.gates != nil)
    for (moment, token) in zip(newest.all, tokens) {
      try file.write(line: record(moment, token: token, metrics))
    }
  }

  private func record(_ moment: Moment, token: Token, _ metrics: [Metric]) -> String {
    let reading = moment.step.readings[moment.token]
    var line = JSONLine()
    line.add("schema", Self.schema)
    line.add("run", run)
    line.add("iteration", moment.step.iteration)
    line.add("token", moment.token)
    line.add("id", token.id)
    line.add("text", texts[moment.token])
    if let bytes = codec.partialBytes(token.id) { line.add("bytes", bytes) }
    // In the digits of the single numbers they are made of.
    for metric in metrics { line.add(metric.name, metric.value(moment).map { Float($0) }) }
    line.add("argmax", reading.argmax)
    line.add("top", reading.top.prefix(most).map(candidate))
    if !watched.isEmpty {
      line.add("watched", watched.map { Self.standing(of: $0, in: reading.watched, codec) })
    }
    return line.line
  }

  /// How a token of the vocabulary stands; null where there is no prediction.
  static func standing(of id: Int, in standings: [Standing], _ codec: TextCodec) -> JSONLine {
    let standing = standings.first { $0.id == id }
    var line = JSONLine()
    line.add("id", id)
    line.add("text", codec.decode(id))
    if let bytes = codec.partialBytes(id) { line.add("bytes", bytes) }
    line.add("rank", standing?.rank)
    line.add("p", standing?.probability)
    return line
  }

  private func candidate(_ candidate: Candidate) -> JSONLine {
    var line = JSONLine()
    line.add("id", candidate.id)
    line.add("text", codec.decode(candidate.id))
    if let bytes = codec.partialBytes(candidate.id) { line.add("bytes", bytes) }
    line.add("p", candidate.probability)
    return line
  }
}
