import Checkpoints
import Engine
import LatentModels
import ParallelScaling
import Tensors
import TestSupport
import Trajectories

@testable import RunFiles

/// A session as the explorer has one, on a real model: a tree with what was computed of it.
struct SavedSession {
  let checkpoint: Checkpoint
  let engine: Engine
  private(set) var history = TreeHistory()
  private(set) var trajectories: [NodeID: Trajectory] = [:]

  /// - Parameter name: of a model among the fixtures; empty for the embedded one.
  init(_ name: String) throws {
    let checkpoint =
      name.isEmpty ? try Checkpoint.embedded() : try Checkpoint.open(Fixtures.path(name))
    let model = try ModelPlan(checkpoint).open(WeightPacking(team: ThreadTeam(count: 1)))
    let facts = model.facts
    let summary = ModelSummary(
      name: checkpoint.name, defaultIterations: 4, parameters: 1, width: facts.width,
      vocabularySize: facts.vocabularySize, maximumTokens: facts.maximumTokens,
      hasFixedStart: facts.hasFixedStart, usualStart: facts.usualStart, coreBlocks: 3,
      hasExitGate: model.exitGate != nil, notes: ["a note"], tasks: ["sums"])
    self.checkpoint = checkpoint
    engine = Engine(
      Workbench(
        model: model, summary: summary,
        codec: TextCodec(
          encode: { text in text.utf8.map { Int($0) % facts.vocabularySize } },
          encodeAnswer: { _, _ in throw NoWords() },
          token: { Token(id: $0, text: "t\($0)", isSpecial: $0 == 0) },
          decode: { $0 == 1 ? "one\n" : "t\($0)" },
          stream: { _ in TextStream { "t\($0)" } }, bytes: { $0 == 2 ? [0xC3] : nil })),
      candidates: 3, copies: CopyCause.hooks)
  }

  private struct NoWords: Error {}

  var tree: RunTree { history.tree }

  mutating func begin(_ ids: [Int], _ start: Start = .usual) throws -> NodeID {
    let (cause, run) = try engine.begin([.source(.ids(ids), start)])[0]
    let node = try history.add(cause)
    trajectories[node] = run
    return node
  }

  mutating func step(_ node: NodeID, _ count: Int = 1) throws {
    guard let lineage = tree.lineage(of: node) else { return }
    for _ in 0..<count {
      let next = (trajectories[node]?.lastIteration ?? 0) + 1
      for step in try engine.step([lineage], to: next) { trajectories[node]?.append(step) }
    }
  }

  mutating func append(to node: NodeID, at iteration: Int, _ id: Int? = nil) throws -> NodeID? {
    guard let lineage = tree.lineage(of: node),
      case .token(let cause, let run) = try engine.next(
        after: lineage, at: iteration, choice: id.map { .chosen($0) } ?? .said(Sampling()))
    else { return nil }
    let child = try history.append(cause, at: Fork(node: node, iteration: iteration))
    trajectories[child] = run
    return child
  }

  mutating func edit(_ node: NodeID, _ text: String) throws -> NodeID? {
    guard let lineage = tree.lineage(of: node) else { return nil }
    let cause = try tree.edit(text, of: node)
    let child = try history.edit(node, cause)
    trajectories[child] = try engine.edit(lineage, cause).1
    return child
  }

  mutating func copy(_ node: NodeID) throws -> NodeID? {
    guard let lineage = tree.lineage(of: node) else { return nil }
    let cause = CopyCause(
      perturbations: [CopyCause.Noise("relative-noise", strength: 0.3)], seed: 5, number: 2)
    let child = try history.copy(node, cause)
    trajectories[child] = try engine.copy(lineage, cause).1
    return child
  }

  /// A plain run, a fork of it by a token, another start, an edit and a copy.
  mutating func grow() throws {
    let facts = engine.workbench.model.facts
    let root = try begin([5, 1, 2, 9, 3].map { $0 % facts.vocabularySize })
    try step(root, 3)
    if let token = try append(to: root, at: 2, 4) { try step(token, 2) }
    if !facts.hasFixedStart, facts.thoughts == nil {
      try step(try begin([5, 1, 2, 9, 3].map { $0 % facts.vocabularySize }, .seed(1)), 4)
    }
    guard facts.thoughts == nil else { return }
    if let edited = try edit(root, "1:2 := 0.5*(2:1)") { try step(edited, 3) }
    if let copy = try copy(root) { try step(copy, 2) }
  }

  /// All of it for a file.
  func file() -> RunFile {
    let current = tree.current ?? NodeID(1)
    let place = RunPlace(node: current, token: 1, iteration: 1)
    var manifest = RunManifest(
      version: "9.9.9", summary: engine.workbench.summary, tree: tree,
      notes: [RunNote("here \"it\" turns", at: place)], marks: ["a": place],
      view: RunView(
        branches: [RunView.Branch(place, target: 7)], metric: "entropy", focus: "heat",
        zoom: "plane", watched: [3], folded: []))
    let plane = Projection(
      fit: ProjectionFit(token: nil, iterations: 0...2), explainedVarianceRatio: [0.7, 0.2],
      coordinates: [[[1, 2], []], [[3, 4], [5, 6]]],
      spread: PathSpread.Sums(tokens: [1.5, 2.5], all: .nan))
    manifest.view?.settings = settings
    manifest.fan = fan
    var file = RunFile(
      manifest, trajectories: trajectories, planes: [current: plane],
      vocabulary: engine.workbench.vocabulary)
    let width = engine.workbench.model.facts.width
    // No sum of two floats is a third.
    file.bases[current] = Projector(
      plane.fit, mean: (0..<width).map { 1 / Double($0 + 3) },
      components: Matrix(
        rows: 2, columns: width, values: (0..<2 * width).map { Float($0) / 7 }),
      explainedVarianceRatio: plane.explainedVarianceRatio)
    file.starts["table.safetensors:s0"] = Matrix(rows: 2, columns: width)
    if let map { file.causalMaps = [map] }
    return file
  }

  private var settings: RunSettings {
    var settings = RunSettings()
    settings.beside = "kl"
    settings.speed = "8"
    settings.loops = true
    settings.told = [NodeID(1)]
    settings.plane = RunSettings.Plane(
      basis: "all", across: 2, up: 3, isCentred: true, showsWaterfalls: false)
    settings.breakpoints = [RunSettings.Breakpoint(token: 1, condition: "entropy < 0.5")]
    settings.exits = [RunSettings.Exit(rule: "kl", threshold: 0.25, scope: "mean", minimum: 3)]
    return settings
  }

  private var fan: SavedFan {
    var fan = SavedFan(
      root: NodeID(1), kind: "noise", strength: 0.3, isHeld: false, seed: 7, iterations: 1,
      endsItself: false, count: 2)
    var copy = SavedFan.Copy(
      said: [nil, 3], points: [[0, 0], [1, .infinity]], text: "x", iterations: 1)
    copy.words = "x"
    fan.results = SavedFan.Results(
      copies: [copy, copy], plain: copy, explainedVarianceRatio: [0.5, 0.25],
      spread: [nil, [1, 2, 3, 2]], pairs: [nil, [1, 2, nil, nil, nil, 3, nil, nil, nil]],
      pairedCopies: 2, level: 0.5)
    return fan
  }

  /// Of two prompts of the tree that start otherwise, where there are such.
  private var map: CausalMap? {
    guard let clean = tree.lineage(of: NodeID(1)), let corrupted = tree.lineage(of: NodeID(3)),
      corrupted.links.count == 1
    else { return nil }
    var map = CausalMap(
      CausalMap.Question(clean: clean, corrupted: corrupted, last: 2), iterations: [0, 1, 2],
      answer: 4, other: 5,
      cleanEffect: CausalMap.Effect(probability: 0.9, logitDifference: 2),
      corruptedEffect: CausalMap.Effect(probability: 0.1, logitDifference: -1))
    map.add(
      CausalMap.Effect(probability: 0.3, logitDifference: .nan),
      at: CausalMap.Cell(token: 1, iteration: 2))
    return map
  }

  /// Writes it with all states at hand.
  @discardableResult
  func write(to path: String, isCompact: Bool = false) throws -> RunFile {
    let file = file()
    try file.write(
      to: path, model: try ModelIdentity(of: checkpoint, precision: .exact, remembering: .none),
      isCompact: isCompact, codec: engine.workbench.codec
    ) { tree.lineage(of: $0).map(engine.states) }
    return file
  }

  /// The same session in another process that has opened the file.
  init(_ name: String, goingOnWith file: RunFile) throws {
    try self.init(name)
    history = TreeHistory(file.tree)
    trajectories = file.trajectories
    file.resume(in: engine)
  }
}

extension HashCache {
  /// Remembers nothing.
  static let none = HashCache(environment: [:])
}
