import Checkpoints
import Engine
import Foundation
import Tensors
import Trajectories

extension RunFile {
  /// The most moments (a token after an iteration) of all runs that are read, so that no file of a few
  /// bytes fills the memory.
  static let mostMoments = 1 << 24

  /// Whether a path is meant as a run file: by its name, or by how the file begins.
  public static func isOne(_ path: String) -> Bool {
    if path.hasSuffix(ending) { return true }
    guard FileManager.default.fileExists(atPath: path), path.hasSuffix(".safetensors"),
      let file = try? SafetensorsFile(region: MappedFile.open(path), path: path)
    else { return false }
    return file.metadata["format"]?.hasPrefix(mark) ?? false
  }

  /// Opens a file and checks all of it.
  ///
  /// States stay where they are and are read when they are looked at; another file of the same name may
  /// take its place meanwhile.
  /// - Throws: `CheckpointError`: `.unsupported` for one of a newer format, `.damaged` for what does not
  ///   hold together, `.mismatch` for a safetensors file of something else.
  public static func open(_ path: String) throws(CheckpointError) -> RunFile {
    // Not watched: the program itself puts a new file in the place of the one it opened.
    let file = try SafetensorsFile(region: MappedFile.open(path), path: path)
    let manifest = try manifest(of: file)
    let tree = manifest.tree
    guard let first = tree.nodes.first else {
      throw damaged(path, "The manifest has no run.")
    }
    guard (1...1 << 22).contains(manifest.words.count), tree.nodes.last?.id.value ?? 0 < 1 << 40
    else { throw damaged(path, "The manifest counts further than there is anything.") }
    let vocabulary = manifest.words.vocabulary
    let reader = RunFileReader(file: file, vocabulary: vocabulary)
    var trajectories: [NodeID: Trajectory] = [:]
    var stored: [NodeID: KnownStates] = [:]
    var moments = 0
    for node in manifest.nodes {
      guard tree.contains(node.node), trajectories[node.node] == nil else {
        throw damaged(path, "Run \(node.node) is none of the tree, or there twice.")
      }
      guard (0...1_000_000).contains(node.last), (1...1 << 22).contains(node.tokens) else {
        throw damaged(path, "Run \(node.node) has \(node.tokens) tokens and ends at \(node.last).")
      }
      moments += (node.last + 1) * node.tokens
      guard moments <= mostMoments else {
        throw CheckpointError(
          .unsupported, file: path,
          "The runs have more than \(mostMoments) tokens after iterations, which is more than is read."
        )
      }
      trajectories[node.node] = try reader.trajectory(node)
      stored[node.node] = try reader.states(node)
    }
    guard trajectories[first.id] != nil else {
      throw damaged(path, "Run \(first.id) is in the tree, but nothing was saved of it.")
    }
    for node in tree.nodes { try check(node, tree, trajectories, path) }
    var planes: [NodeID: Projection] = [:]
    var bases: [NodeID: Projector] = [:]
    for plane in manifest.planes where trajectories[plane.node] != nil {
      planes[plane.node] = try reader.plane(plane)
      bases[plane.node] = try reader.basis(plane)
    }
    var result = RunFile(
      manifest, trajectories: trajectories, planes: planes, vocabulary: vocabulary, stored: stored)
    result.bases = bases
    result.causalMaps = try maps(of: manifest, trajectories, path)
    for (index, label) in manifest.starts.enumerated() {
      result.starts[label] = try reader.table(RunFileTensors.start(index))
    }
    if let problem = manifest.fan?.problem(in: tree, vocabulary: vocabulary.count) {
      throw damaged(path, "The copies of a prompt \(problem).")
    }
    return result
  }

  private static func maps(
    of manifest: RunManifest, _ runs: [NodeID: Trajectory], _ path: String
  ) throws(CheckpointError) -> [CausalMap] {
    guard manifest.causes.reduce(0, { $0 + $1.cells.count }) <= SavedCausalMap.mostCells else {
      throw damaged(path, "Its causal maps have more cells than are read.")
    }
    var maps: [CausalMap] = []
    for (index, saved) in manifest.causes.enumerated() {
      guard
        let map = saved.map(in: manifest.tree, runs, vocabulary: manifest.words.count)
      else { throw damaged(path, "Causal map \(index) is none of its runs.") }
      maps.append(map)
    }
    return maps
  }

  /// The manifest alone, which is read whatever the tensors are.
  static func manifest(of file: SafetensorsFile) throws(CheckpointError) -> RunManifest {
    guard let format = file.metadata["format"], format.hasPrefix(mark),
      let text = file.metadata["manifest"]
    else {
      throw CheckpointError(
        .mismatch, file: file.path, "This safetensors file is no run file of muninn.",
        advice: "A model is opened with --model; states of a run with --initial-state.")
    }
    guard let number = Int(format.dropFirst(mark.count)), number >= 1 else {
      throw damaged(file.path, "Its format '\(format.prefix(40))' is none.")
    }
    guard number <= RunManifest.newestFormat else {
      let version = (try? JSONValue(parsing: text))?["version"]?.string ?? "of a newer version"
      throw CheckpointError(
        .unsupported, file: file.path,
        "The run file has format \(number), and this muninn reads up to "
          + "\(RunManifest.newestFormat).",
        advice: "Open it with muninn \(version.prefix(40)), which wrote it, or a newer one.")
    }
    do {
      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
      // Checked first by a reader of bounded depth.
      _ = try JSONValue(parsing: text)
      return try decoder.decode(RunManifest.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw damaged(file.path, "The manifest says what cannot be: \(error.words).")
    } catch {
      throw damaged(file.path, "The manifest is \(error).")
    }
  }

  static func damaged(_ path: String, _ cause: String) -> CheckpointError {
    CheckpointError(
      .damaged, file: path, cause,
      advice: "The file is damaged; save the run again, or open another.")
  }

  /// Whether a node fits what was computed of it and of what it leaves.
  private static func check(
    _ node: Node, _ tree: RunTree, _ runs: [NodeID: Trajectory], _ path: String
  ) throws(CheckpointError) {
    guard let run = runs[node.id] else {
      throw damaged(path, "Run \(node.id) is in the tree, but nothing was saved of it.")
    }
    guard let lineage = tree.lineage(of: node.id) else {
      throw damaged(path, "Run \(node.id) leaves no other as its cause needs it.")
    }
    let parent = node.fork.flatMap { runs[$0.node] }
    let ids = node.cause.isRerun ? parent?.tokens.map(\.id) ?? [] : node.cause.ids
    guard run.tokens.map(\.id) == ids else {
      throw damaged(path, "Run \(node.id) has other tokens than its cause.")
    }
    if let fork = node.fork, !node.cause.isRerun, fork.iteration > parent?.lastIteration ?? 0 {
      throw damaged(
        path, "Run \(node.id) leaves run \(fork.node) after its last iteration.")
    }
    guard lineage.ids.count <= 1 << 24 else {
      throw damaged(path, "The text of run \(node.id) is longer than any.")
    }
  }
}

extension DecodingError {
  /// What is wrong, and where, without the decoder's own words for it.
  fileprivate var words: String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "its outermost value" : path.map(\.stringValue).joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context):
      return "\(place(context.codingPath)) has no '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context.codingPath)) is of another kind"
    case .dataCorrupted(let context):
      return "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: return "it cannot be read"
    }
  }
}
