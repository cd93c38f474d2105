import Checkpoints
import Engine
import Foundation
import Tensors
import Trajectories

extension RunFile {
  /// The instruction set of the kernels in use.
  public static var kernels: String { KernelTiming.kernelName }

  /// Writes it. A file of that name stays as it was until the new one is complete, whatever happens
  /// meanwhile.
  /// - Parameters:
  ///   - model: which model made the runs; nil for the one the manifest says.
  ///   - isCompact: whether states are rounded to bfloat16; runs go on from them by being computed again.
  ///   - codec: knows the words as they are; nil for what the file it was opened from says of them.
  ///   - states: raw states of a node that are at hand; nil for none. Others need not be there.
  /// - Returns: bytes of its tensors.
  /// - Throws: `CheckpointError` where the system refuses it.
  @discardableResult
  public func write(
    to path: String, model: ModelIdentity? = nil, isCompact: Bool = false,
    codec: TextCodec? = nil, states: (NodeID) -> KnownStates? = { _ in nil }
  ) throws(CheckpointError) -> Int {
    let file: OutputFile
    do throws(OutputError) { file = try OutputFile(path) } catch {
      throw CheckpointError(
        .inaccessible, file: error.path, "The file \(error.problem).",
        advice: "Check that the folder exists, is writable and has room.")
    }
    return try write(to: file, model: model, isCompact: isCompact, codec: codec, states: states)
  }

  /// Writes it to an output that was opened before.
  /// - Parameters: as above.
  /// - Returns: bytes of its tensors.
  /// - Throws: as above.
  @discardableResult
  public func write(
    to output: OutputFile, model: ModelIdentity? = nil, isCompact: Bool = false,
    codec: TextCodec? = nil, states: (NodeID) -> KnownStates? = { _ in nil }
  ) throws(CheckpointError) -> Int {
    var manifest = manifest
    manifest.format = manifest.neededFormat
    manifest.model = model ?? manifest.model
    // What was rounded once stays so.
    let isCompact = isCompact || !stored.isEmpty && manifest.isCompact
    manifest.isCompact = isCompact
    let words = codec ?? (stored.isEmpty ? nil : self.codec)
    let written = tree.nodes.compactMap { node in
      trajectories[node.id].map { run in
        let pieces = codec?.texts(run.tokens.map(\.id)) ?? words.map { _ in texts(of: node.id) }
        return (SavedNode(node.id, run, pieces: pieces), run)
      }
    }
    manifest.nodes = written.map(\.0)
    manifest.words = SavedVocabulary(ids(written.map(\.1)), of: vocabulary, words)
    let planes = self.planes.filter { trajectories[$0.key] != nil }.sorted { $0.key < $1.key }
    manifest.planes = planes.map { SavedPlane($0.key, $0.value) }
    manifest.causes = savedMaps
    let starts = starts.sorted { $0.key < $1.key }
    manifest.starts = starts.map(\.key)
    let nodes = written.map { node, run in
      NodeTensors(
        node, run,
        KnownStatesToWrite(
          states(node.node) ?? stored[node.node], upTo: run.lastIteration,
          tokens: run.tokens.count))
    }
    let tables =
      planes.flatMap { node, plane in
        [PlaneTensor(node, plane)]
          + (bases[node].flatMap { PlaneTensor(node, $0, of: plane) }.map { [$0] } ?? [])
      } + starts.enumerated().map { PlaneTensor(RunFileTensors.start($0), $1.value) }
    let entries = nodes.flatMap { $0.entries(isCompact: isCompact) } + tables.map(\.entry)
    let writer = try SafetensorsWriter(
      output, entries: entries,
      metadata: [
        "format": Self.mark + "\(manifest.format)", "manifest": try manifest.json(output.name),
      ])
    for node in nodes { try node.write(to: writer, isCompact: isCompact) }
    for table in tables { try writer.append(table.values) }
    try writer.finish()
    return entries.reduce(0) {
      $0 + $1.shape.reduce($1.type == .bfloat16 ? 2 : 4, *)
    }
  }

  /// Causal maps, as many as there is room for.
  private var savedMaps: [SavedCausalMap] {
    var room = SavedCausalMap.mostCells
    return causalMaps.prefix(64).compactMap { map in
      guard map.count <= room, let saved = SavedCausalMap(map, in: tree) else { return nil }
      room -= map.count
      return saved
    }
  }

  /// Every token that somebody may want to read.
  private func ids(_ runs: [Trajectory]) -> Set<Int> {
    var ids = Set(tree.nodes.flatMap(\.cause.ids))
    ids.formUnion(manifest.view?.watched ?? [])
    let fan = manifest.fan?.results.map { $0.copies + [$0.plain] } ?? []
    ids.formUnion(fan.flatMap(\.said).compactMap(\.self))
    ids.formUnion(causalMaps.flatMap { [$0.answer, $0.other] })
    for run in runs {
      ids.formUnion(run.tokens.map(\.id))
      for reading in run.steps.lazy.flatMap(\.readings) {
        ids.formUnion(reading.top.map(\.id))
        ids.formUnion(reading.watched.map(\.id))
      }
    }
    return ids
  }
}

extension RunManifest {
  fileprivate func json(_ path: String) throws(CheckpointError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A spread or a share may be no number.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw CheckpointError(
        .mismatch, file: path, "What the session holds cannot be written: \(error).")
    }
  }
}

/// What is written beside runs, as one block of numbers: a plane's coordinates, its basis, a table of
/// initial states.
struct PlaneTensor {
  let entry: SafetensorsWriter.Entry
  let values: [Float]  // [iterations, tokens, components]

  init(_ node: NodeID, _ plane: Projection) {
    let tokens = plane.coordinates.map(\.count).max() ?? 0
    entry = SafetensorsWriter.Entry(
      RunFileTensors.plane(node), shape: [plane.coordinates.count, tokens, plane.components])
    var values: [Float] = []
    values.reserveCapacity(plane.coordinates.count * tokens * plane.components)
    let none = [Float](repeating: .nan, count: plane.components)
    for iteration in plane.coordinates {
      for token in 0..<tokens {
        let point = iteration.indices.contains(token) ? iteration[token] : []
        values += point.count == plane.components ? point : none
      }
    }
    self.values = values
  }

  /// Where its places come from: three rows whose sum is the mean of the fitted states to the last bit,
  /// then the components; nil where it is none of the plane.  // [3 + components, width]
  init?(_ node: NodeID, _ basis: Projector, of plane: Projection) {
    guard
      basis.explainedVarianceRatio.map(\.bitPattern)
        == plane.explainedVarianceRatio.map(\.bitPattern)
    else { return nil }
    entry = SafetensorsWriter.Entry(
      RunFileTensors.basis(node), shape: [3 + basis.components.rows, basis.mean.count])
    let first = basis.mean.map { Float($0) }
    let second = zip(basis.mean, first).map { Float($0 - Double($1)) }
    let third = zip(zip(basis.mean, first), second).map { Float($0.0 - Double($0.1) - Double($1)) }
    values = first + second + third + basis.components.values
  }

  init(_ name: String, _ table: Matrix) {
    entry = SafetensorsWriter.Entry(name, shape: [table.rows, table.columns])
    values = table.values
  }
}
