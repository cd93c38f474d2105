import LatentModels
import Trajectories

/// Writes a run as JSON lines, schema `muninn.trace/1`.
final class TraceRecords {
  static let schema = "muninn.trace/1"
  private var writer: LineWriter
  private let codec: TextCodec
  /// What the exit gate said so far; nil of a token once it said what is not finite.
  private var exits: [RunningExit?] = []  // [tokens]

  init(path: String, codec: TextCodec) throws {
    writer = try LineWriter(path: path)
    self.codec = codec
  }

  /// One record per token of one iteration.
  func write(_ step: Step, tokens: [Token]) throws {
    if let gates = step.gates { add(gates) }
    for (index, token) in tokens.enumerated() {
      try writer.write(record(step, index: index, token: token))
    }
  }

  func finish() throws { try writer.flush() }

  private func add(_ gates: [Float]) {
    if exits.isEmpty { exits = gates.map { _ in RunningExit() } }
    for (token, gate) in gates.enumerated() {
      if gate.isFinite { exits[token]?.add(gateLogit: gate) } else { exits[token] = nil }
    }
  }

  private func record(_ step: Step, index: Int, token: Token) -> String {
    let measure = step.measures[index]
    let reading = step.readings[index]
    var line = JSONLine()
    line.add("schema", Self.schema)
    line.add("iteration", step.iteration)
    line.add("token", index)
    line.add("id", token.id)
    line.add("text", codec.decode(token.id))
    line.add("norm", measure.norm)
    line.add("residual", measure.residual)
    line.add("relative_residual", measure.relativeResidual)
    line.add("cosine", measure.cosine)
    line.add("entropy", reading.entropy)
    line.add("kl", reading.kl)
    if step.gates != nil {
      line.add("exit_lambda", exits[index]?.lambda)
      line.add("exit_cdf", exits[index]?.chanceToHaveStopped)
    }
    line.add("argmax", reading.argmax)
    line.add("top", reading.top.map(candidate))
    return line.line
  }

  private func candidate(_ candidate: Candidate) -> JSONLine {
    var line = JSONLine()
    line.add("id", candidate.id)
    line.add("text", codec.decode(candidate.id))
    line.add("p", candidate.probability)
    return line
  }
}
