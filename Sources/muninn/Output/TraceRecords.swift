import Checkpoints
import Engine
import LatentModels
import Trajectories

/// Writes one run of several as JSON lines, schema `muninn.trace/1`; all go to one file.
final class TraceRecords {
  static let schema = "muninn.trace/1"
  private let file: OutputFile
  private let codec: TextCodec
  /// Which run this is, from 0.
  private let run: Int
  /// The texts of the prompt's tokens; joined they are the prompt's.
  private var texts: [String] = []  // [tokens]
  /// What the exit gate said so far; nil of a token once it said what is not finite.
  private var exits: [RunningExit?] = []  // [tokens]

  init(_ file: OutputFile, codec: TextCodec, run: Int) {
    self.file = file
    self.codec = codec
    self.run = run
  }

  /// One record per token of one iteration.
  func write(_ step: Step, tokens: [Token]) throws {
    if let gates = step.gates { add(gates) }
    if texts.isEmpty { texts = codec.texts(tokens.map(\.id)) }
    for (index, token) in tokens.enumerated() {
      try file.write(line: record(step, index: index, token: token))
    }
  }

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
    line.add("run", run)
    line.add("iteration", step.iteration)
    line.add("token", index)
    line.add("id", token.id)
    line.add("text", texts[index])
    if let bytes = codec.partialBytes(token.id) { line.add("bytes", bytes) }
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
    if let bytes = codec.partialBytes(candidate.id) { line.add("bytes", bytes) }
    line.add("p", candidate.probability)
    return line
  }
}
