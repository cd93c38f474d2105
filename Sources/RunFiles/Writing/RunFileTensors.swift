import Checkpoints
import Trajectories

/// The tensors of a run file. Of node 3, whose run has R iterations of T tokens:
///
///     run.3.ids            I32  [T]          token ids of its own tokens
///     run.3.states         F32  [K, T, d]    raw latent states that were kept, or BF16
///     run.3.iterations     I32  [K]          after which iterations these are; 0 is s₀
///     run.3.measures       F32  [R+1, T, 5]  norm, residual, relative residual, cosine, acceleration
///     run.3.readings       F32  [R+1, T, 3]  entropy, KL, filtered KL, nats
///     run.3.candidates     I32  [R+1, T, C]  the likeliest next tokens, best first; -1 for none
///     run.3.probabilities  F32  [R+1, T, C]  theirs
///     run.3.seconds        F32  [R+1]        wall time of each iteration
///     run.3.gates          F32  [R, T]       the exit gate before its sigmoid, from iteration 1 on
///     run.3.second         F32  [R+1, T, 5]  the measures of z_L, where states hold two vectors
///     run.3.lengths        F32  [R, V, T]    of each of V vectors before its norm, from iteration 1 on
///     run.3.distances      F32  [R+1, T]     ‖ln_f(sᵢ) − ln_f(s_R)‖
///     run.3.arrival        F32  [N+1, T]     KL(what was said at N ‖ at i), nats
///     run.3.ranks          I32  [R+1, T, W]  of the W watched tokens; 0 where it is not known
///     run.3.chances        F32  [R+1, T, W]  their probabilities
///     plane.3.coordinates  F32  [I, A, P]    of all A tokens of the text on principal components
///     plane.3.basis        F32  [3+P, d]     their mean, as a sum of three rows, and the components
///     start.0              F32  [rows, d]    initial states of --initial-state, row p for position p
///
/// What has no value is NaN. From `gates` on they are there where there is something in them.
enum RunFileTensors {
  static let measures = ["norm", "residual", "relative_residual", "cosine", "acceleration"]
  static let readings = ["entropy", "kl", "filtered_kl"]

  static func name(_ node: NodeID, _ what: String) -> String { "run.\(node).\(what)" }
  static func plane(_ node: NodeID) -> String { "plane.\(node).coordinates" }
  static func basis(_ node: NodeID) -> String { "plane.\(node).basis" }
  static func start(_ index: Int) -> String { "start.\(index)" }
}

/// One node's tensors as they are written: which there are, and what is in them.
struct NodeTensors {
  let node: NodeID
  let run: Trajectory
  let watched: [Int]
  let states: KnownStatesToWrite

  private var moments: Int { run.steps.count }
  private var tokens: Int { run.tokens.count }
  /// The most candidates that any reading has.
  private let candidates: Int

  init(_ node: SavedNode, _ run: Trajectory, _ states: KnownStatesToWrite) {
    self.node = node.node
    self.run = run
    watched = node.watched
    self.states = states
    candidates = run.steps.lazy.flatMap(\.readings).map(\.top.count).max() ?? 0
  }

  private var hasGates: Bool {
    moments > 1 && run.steps.dropFirst().allSatisfy { $0.gates != nil }
  }

  private var hasSecond: Bool { run.steps.allSatisfy { $0.second != nil } }

  /// Vectors whose lengths before their norm are known; nil where they are not.
  private var vectors: Int? {
    guard moments > 1, let count = run.steps[1].lengths?.count, count > 0,
      run.steps.dropFirst().allSatisfy({ $0.lengths?.count == count })
    else { return nil }
    return count
  }

  /// In the order in which `write` writes them.
  func entries(isCompact: Bool) -> [SafetensorsWriter.Entry] {
    typealias Entry = SafetensorsWriter.Entry
    func entry(_ what: String, _ shape: [Int], _ type: Entry.ElementType = .float32) -> Entry {
      Entry(RunFileTensors.name(node, what), shape: shape, type: type)
    }
    var entries = [entry("ids", [tokens], .int32)]
    if !states.iterations.isEmpty {
      entries.append(
        entry(
          "states", [states.iterations.count, tokens, states.width],
          isCompact ? .bfloat16 : .float32))
      entries.append(entry("iterations", [states.iterations.count], .int32))
    }
    entries.append(entry("measures", [moments, tokens, RunFileTensors.measures.count]))
    entries.append(entry("readings", [moments, tokens, RunFileTensors.readings.count]))
    entries.append(entry("candidates", [moments, tokens, candidates], .int32))
    entries.append(entry("probabilities", [moments, tokens, candidates]))
    entries.append(entry("seconds", [moments]))
    if hasGates { entries.append(entry("gates", [moments - 1, tokens])) }
    if hasSecond {
      entries.append(entry("second", [moments, tokens, RunFileTensors.measures.count]))
    }
    if let vectors { entries.append(entry("lengths", [moments - 1, vectors, tokens])) }
    if run.distanceToLast != nil { entries.append(entry("distances", [moments, tokens])) }
    if let arrival = run.arrival { entries.append(entry("arrival", [arrival.last + 1, tokens])) }
    if !watched.isEmpty {
      entries.append(entry("ranks", [moments, tokens, watched.count], .int32))
      entries.append(entry("chances", [moments, tokens, watched.count]))
    }
    return entries
  }

  func write(to writer: SafetensorsWriter, isCompact: Bool) throws(CheckpointError) {
    try writer.append(integers: run.tokens.map { Int32(clamping: $0.id) })
    for iteration in states.iterations {
      let values = states.values(iteration, count: tokens * states.width)
      if isCompact {
        try writer.append(bfloat16: values.map(BFloat16Rounding.bits))
      } else {
        try writer.append(values)
      }
    }
    if !states.iterations.isEmpty {
      try writer.append(integers: states.iterations.map { Int32(clamping: $0) })
    }
    try floats(writer) { step in step.measures.flatMap(Self.row) }
    try floats(writer) { step in readings(step).flatMap(Self.row) }
    for step in run.steps {
      try writer.append(
        integers: readings(step).flatMap { reading in
          padded(reading.top.map { Int32(clamping: $0.id) }, to: candidates, with: -1)
        })
    }
    try floats(writer) { step in
      readings(step).flatMap { padded($0.top.map(\.probability), to: candidates, with: .nan) }
    }
    try floats(writer) { [Self.seconds($0.duration)] }
    if hasGates { for step in run.steps.dropFirst() { try writer.append(step.gates ?? []) } }
    if hasSecond { try floats(writer) { step in (step.second ?? []).flatMap(Self.row) } }
    if vectors != nil {
      for step in run.steps.dropFirst() { try writer.append((step.lengths ?? []).flatMap(\.self)) }
    }
    if let distances = run.distanceToLast { for row in distances { try writer.append(row) } }
    if let arrival = run.arrival {
      for row in arrival.divergence.prefix(arrival.last + 1) {
        try writer.append(padded(row.map { $0 ?? .nan }, to: tokens, with: .nan))
      }
    }
    guard !watched.isEmpty else { return }
    for step in run.steps {
      try writer.append(
        integers: readings(step).flatMap { reading in
          watched.map { Int32(clamping: reading.standing(of: $0)?.rank ?? 0) }
        })
    }
    try floats(writer) { step in
      readings(step).flatMap { reading in
        watched.map { reading.standing(of: $0)?.probability ?? .nan }
      }
    }
  }

  private func floats(
    _ writer: SafetensorsWriter, _ row: (Step) -> [Float]
  ) throws(CheckpointError) {
    for step in run.steps { try writer.append(row(step)) }
  }

  /// One a token, whatever was read.
  private func readings(_ step: Step) -> [Reading] {
    padded(step.readings, to: tokens, with: .diverged)
  }

  private func padded<Value>(_ values: [Value], to count: Int, with filler: Value) -> [Value] {
    values.count >= count
      ? Array(values.prefix(count))
      : values + [Value](repeating: filler, count: count - values.count)
  }

  private static func row(_ measure: StateMeasure) -> [Float] {
    [
      measure.norm, measure.residual, measure.relativeResidual, measure.cosine,
      measure.acceleration,
    ].map { $0 ?? .nan }
  }

  private static func row(_ reading: Reading) -> [Float] {
    [reading.entropy, reading.kl, reading.filteredKL].map { $0 ?? .nan }
  }

  private static func seconds(_ duration: Duration) -> Float {
    let (seconds, attoseconds) = duration.components
    return Float(Double(seconds) + Double(attoseconds) * 1e-18)
  }
}

/// Rounding to bfloat16 as everywhere: to the nearest, ties to even.
enum BFloat16Rounding {
  static func bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
