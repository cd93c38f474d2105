import Engine
import Tensors
import Trajectories

/// A session as a file has it: which runs there are, why, what was computed of them, and how they were
/// looked at. Everything but the model's own numbers, so that no model is needed to read it.
///
/// In the file, one of safetensors whose metadata hold a manifest as JSON, see `RunFileTensors`.
public struct RunFile: Sendable {
  /// What a name of such files ends in.
  public static let ending = ".muninn"
  /// What their metadata have under `format`, before the number of the format.
  static let mark = "muninn.run/"

  public var manifest: RunManifest
  /// What was computed of each node.
  public internal(set) var trajectories: [NodeID: Trajectory]
  /// The plane each text was shown in, by the node it leads to.
  public internal(set) var planes: [NodeID: Projection]
  /// The bases of these planes, where they are known: states to come have their places there.
  public var bases: [NodeID: Projector] = [:]
  /// Tables that runs start from, by the label that their causes have.  // of [positions, width]
  public internal(set) var starts: [String: Matrix] = [:]
  /// What is known of which states carry an answer, what was looked at last first.
  public var causalMaps: [CausalMap] = []
  /// Texts of the tokens that occur; a number stands for all others.
  public let vocabulary: Vocabulary
  /// Of files that were opened; read where they lie.
  let stored: [NodeID: KnownStates]

  /// A session that is to be written.
  /// - Parameters:
  ///   - trajectories: of nodes of the manifest's tree; of others nothing is written.
  ///   - planes: by the node that a text leads to.
  ///   - vocabulary: the words of the model.
  public init(
    _ manifest: RunManifest, trajectories: [NodeID: Trajectory], planes: [NodeID: Projection] = [:],
    vocabulary: Vocabulary
  ) {
    self.init(
      manifest, trajectories: trajectories, planes: planes, vocabulary: vocabulary, stored: [:])
  }

  init(
    _ manifest: RunManifest, trajectories: [NodeID: Trajectory], planes: [NodeID: Projection],
    vocabulary: Vocabulary, stored: [NodeID: KnownStates]
  ) {
    self.manifest = manifest
    self.trajectories = trajectories
    self.planes = planes
    self.vocabulary = vocabulary
    self.stored = stored
  }

  /// Which runs there are, what made each, and which is looked at.
  public var tree: RunTree { manifest.tree }

  /// The tree with what was computed, as the explorer has it.
  public var runs: Runs {
    var runs = Runs(tree, rules: ExitRule.rules(hasGate: manifest.summary.hasExitGate))
    for (node, trajectory) in trajectories { runs.begin(node, trajectory) }
    return runs
  }

  /// The words of the file, for records; it turns no text into tokens.
  public var codec: TextCodec { manifest.words.codec }

  /// The texts of a node's own tokens, which joined are all of its text.
  public func texts(of node: NodeID) -> [String] {
    let run = trajectories[node]
    let pieces = manifest.nodes.first { $0.node == node }?.pieces
    if let pieces, pieces.count == run?.tokens.count { return pieces }
    return codec.texts(run?.tokens.map(\.id) ?? [])
  }

  /// Tokens of the vocabulary that were watched in a node.
  public func watched(in node: NodeID) -> [Int] {
    manifest.nodes.first { $0.node == node }?.watched ?? []
  }

  /// Raw states of a node that the file has; nil where it has none.
  public func states(of node: NodeID) -> KnownStates? { stored[node] }

  /// The same with what another file knows of who made its runs: for one that was opened and looked at
  /// without its model.
  public func keeping(_ source: RunFile) -> RunFile {
    var manifest = manifest
    manifest.model = source.manifest.model
    manifest.kernels = source.manifest.kernels
    manifest.isCompact = source.manifest.isCompact
    manifest.words = source.manifest.words
    manifest.nodes = source.manifest.nodes
    var file = RunFile(
      manifest, trajectories: trajectories, planes: planes, vocabulary: source.vocabulary,
      stored: source.stored)
    (file.starts, file.causalMaps) = (source.starts, source.causalMaps)
    file.bases = source.bases.filter { planes[$0.key] != nil }
    return file
  }

  /// The same as runs of another model than the one at hand, whose own runs may stand beside them.
  /// - Parameter model: which one, in words.
  public func made(by model: String) -> RunFile {
    var file = self
    file.manifest.tree = tree.made(by: model)
    // Causes of maps and copies name runs of the tree, of which nothing is computed.
    (file.causalMaps, file.bases, file.manifest.fan) = ([], [:], nil)
    return file
  }

  /// Bytes of all states that it would be written with in float32.
  public func stateBytes(width: Int) -> Int {
    trajectories.values.reduce(0) { $0 + 4 * $1.steps.count * $1.tokens.count * width }
  }

  /// Takes along the tables that its runs start from.
  public mutating func takeStarts(from workbench: Workbench) {
    for node in tree.nodes {
      guard case .prompt(let cause) = node.cause, case .given(let label) = cause.start else {
        continue
      }
      starts[label] = workbench.table(of: label)
    }
  }

  /// Tells an engine how far all runs went, so that they go on as if they had been its own.
  ///
  /// States are handed on where they are what the model made to the bit: in float32, and of the same
  /// kernels. All else it computes again when it is needed.
  public func resume(in engine: Engine) {
    engine.know(starts: starts)
    let isExact = !manifest.isCompact && manifest.kernels == Self.kernels
    for node in tree.nodes.map(\.id) {
      guard let lineage = tree.lineage(of: node), lineage.otherModel == nil,
        let run = trajectories[node]
      else { continue }
      engine.resume(lineage, through: run.lastIteration, states: isExact ? stored[node] : nil)
    }
  }
}

/// Two are the same when they say the same of the same runs, however long these took.
extension RunFile: Equatable {
  public static func == (a: RunFile, b: RunFile) -> Bool {
    a.manifest == b.manifest && a.trajectories.keys == b.trajectories.keys
      && a.trajectories.allSatisfy { node, run in b.trajectories[node].map(run.isSame) ?? false }
  }
}

extension Trajectory {
  /// Whether two hold the same numbers, but for the time that steps took.
  func isSame(as other: Trajectory) -> Bool {
    tokens == other.tokens && prompt == other.prompt && start == other.start
      && steps.count == other.steps.count && divergence == other.divergence
      && zip(steps, other.steps).allSatisfy { a, b in
        a.measures == b.measures && a.readings == b.readings
          && a.gates?.map(\.bitPattern) == b.gates?.map(\.bitPattern) && a.second == b.second
          && a.lengths?.map { $0.map(\.bitPattern) } == b.lengths?.map { $0.map(\.bitPattern) }
      }
  }
}
