import Checkpoints
import Engine
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import RunFiles

/// Sessions that are saved, opened and gone on with.
@Suite struct RunFileTests {
  static let models = [
    "", Fixtures.ravenModels[0], "ouro-tiny", Fixtures.hierarchicalModel, Fixtures.thoughtModels[0],
  ]

  @Test(arguments: models) func whatIsSavedIsOpened(name: String) throws {
    let folder = try TemporaryFolder()
    var session = try SavedSession(name)
    try session.grow()
    let path = folder.file("a.muninn")
    var saved = try session.write(to: path)
    let opened = try RunFile.open(path)
    saved.manifest = manifest(saved, like: opened)
    #expect(opened == saved)
    #expect(opened.manifest.summary == session.engine.workbench.summary)
    #expect(opened.tree == session.tree && opened.tree.count >= 2)
    #expect(opened.manifest.notes == saved.manifest.notes)
    #expect(opened.manifest.view == saved.manifest.view)
    #expect(opened.vocabulary.token(5) == session.engine.workbench.vocabulary.token(5))
    #expect(opened.codec.decode(1) == "one\n" && opened.codec.partialBytes(2) == [0xC3])
    for (node, run) in session.trajectories {
      let states = try #require(opened.states(of: node))
      #expect(states.iterations == Set(0...run.lastIteration))
      let lineage = try #require(session.tree.lineage(of: node))
      for iteration in states.iterations {
        let own = try session.engine.state(lineage, iteration)
        #expect(states.rows(iteration)?.values.map(\.bitPattern) == own.values.map(\.bitPattern))
      }
    }
    let plane = try #require(opened.planes[session.tree.current ?? NodeID(1)])
    #expect(plane.coordinates == [[[1, 2]], [[3, 4], [5, 6]]])
    #expect(plane.spread.tokens == [1.5, 2.5] && plane.spread.all.isNaN)
    let basis = try #require(opened.bases[session.tree.current ?? NodeID(1)])
    #expect(basis.mean == saved.bases[session.tree.current ?? NodeID(1)]?.mean)
    #expect(basis.components == saved.bases[session.tree.current ?? NodeID(1)]?.components)
    #expect(opened.starts == saved.starts && opened.starts.count == 1)
    #expect(opened.manifest.fan?.results?.copies.count == 2 && opened.manifest.format == 1)
    #expect(opened.causalMaps.map(\.question) == saved.causalMaps.map(\.question))
    #expect(opened.causalMaps.map(\.computedCount) == saved.causalMaps.map(\.computedCount))
    // Written again it is the same file, states from where they lie.
    let again = folder.file("b.muninn")
    try opened.write(to: again)
    func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
    #expect(try bytes(path) == bytes(again))
  }

  /// What is known only when it is written.
  private func manifest(_ saved: RunFile, like opened: RunFile) -> RunManifest {
    var manifest = saved.manifest
    manifest.model = opened.manifest.model
    return manifest
  }

  @Test func measuresWatchedTokensAndDivergencesAreKept() throws {
    let vocabulary = Vocabulary(count: 10) {
      Token(id: $0, text: "t\($0)", isSpecial: false)
    }
    func reading(_ entropy: Float, _ watched: [Standing]) -> Reading {
      Reading(
        entropy: entropy, kl: 0.25, filteredKL: nil,
        top: Candidates([(id: 2, probability: 0.5)], in: vocabulary), watched: watched)
    }
    func measure(_ norm: Float) -> StateMeasure {
      StateMeasure(norm: norm, residual: 1, relativeResidual: nil, cosine: -1, acceleration: 3)
    }
    let tokens = [3, 4].map { Token(id: $0, text: "t\($0)", isSpecial: false) }
    var run = Trajectory(
      prompt: "p", tokens: tokens, start: "seed 1",
      initial: Step(
        iteration: 0, measures: [measure(1), measure(2)],
        readings: [reading(1, []), reading(2, [Standing(id: 7, rank: 3, probability: 0.1)])],
        duration: .zero, second: [measure(3), measure(4)]))
    run.append(
      Step(
        iteration: 1, measures: [measure(1), measure(.nan)], readings: [.diverged, reading(1, [])],
        duration: .milliseconds(3), gates: [.infinity, -2], second: [measure(5), measure(6)],
        lengths: [[7, 8], [9, .infinity]]))
    run.measured(distanceToLast: [[1, 2], [0, .nan]])
    run.measured(Arrival(divergence: [[0.5, nil], [0, 0]]))
    run.located(
      Divergence(
        .state, at: Address(token: 1, iteration: 1), origin: .site(Site(.core, 2, .stream))))
    var history = TreeHistory()
    let node = try history.add(PromptCause(text: "p", ids: [3, 4], start: .zero))
    let summary = ModelSummary(
      name: "m", defaultIterations: 2, parameters: 1, width: 8, vocabularySize: 10,
      maximumTokens: 9, passes: ModelFacts.Passes(blocks: 2, low: 3),
      injection: DiagonalInjection(
        rate: (0..<8).map { Float($0) }, step: [Float](repeating: 0.5, count: 8)),
      hasNormedStates: true, hasExitGate: true)
    let file = RunFile(
      RunManifest(version: "1", summary: summary, tree: history.tree), trajectories: [node: run],
      vocabulary: vocabulary)
    let folder = try TemporaryFolder()
    try file.write(to: folder.file("a.muninn"))
    let opened = try RunFile.open(folder.file("a.muninn"))
    #expect(opened == file)
    let back = try #require(opened.trajectories[node])
    #expect(back.divergence == run.divergence && back.divergence?.origin != nil)
    #expect(back.steps[0].readings[1].watched == [Standing(id: 7, rank: 3, probability: 0.1)])
    #expect(back.distanceToLast?[0] == [1, 2] && back.distanceToLast?[1][1].isNaN == true)
    #expect(back.arrival == run.arrival)
    #expect(back.steps[1].second == [measure(5), measure(6)])
    #expect(back.steps[1].lengths == [[7, 8], [9, .infinity]] && back.steps[0].lengths == nil)
    #expect(opened.manifest.summary == summary)
    #expect(opened.states(of: node) == nil)
  }

  /// Rounded states take half the room, say so, and are not taken for the model's own.
  @Test func bfloat16IsHalfAndGoesOnFromTheCauses() throws {
    let folder = try TemporaryFolder()
    var session = try SavedSession("")
    try session.grow()
    let (full, half) = (folder.file("full.muninn"), folder.file("half.muninn"))
    try session.write(to: full)
    try session.write(to: half, isCompact: true)
    let file = try SafetensorsFile.open(half)
    #expect(file.tensors["run.1.states"]?.elementType == .bfloat16)
    let opened = try RunFile.open(half)
    #expect(opened.manifest.isCompact)
    let exact = try #require(try RunFile.open(full).states(of: NodeID(1))?.rows(2))
    let rounded = try #require(opened.states(of: NodeID(1))?.rows(2))
    #expect(exact != rounded)
    #expect(zip(exact.values, rounded.values).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
    // Rounded once they stay so, whoever writes them again.
    try opened.write(to: full)
    #expect(try RunFile.open(full).manifest.isCompact)
    var later = try SavedSession("", goingOnWith: opened)
    try later.step(NodeID(1))
    try session.step(NodeID(1))
    expectSame(later, session, NodeID(1))
  }

  private func expectSame(_ a: SavedSession, _ b: SavedSession, _ node: NodeID) {
    guard let one = a.trajectories[node], let other = b.trajectories[node] else {
      Issue.record("run \(node) is not there")
      return
    }
    #expect(one.isSame(as: other), "run \(node)")
  }

  /// A run that was saved and gone on with is the run that never stopped, to the bit: all its runs, and
  /// what leaves them afterwards.
  @Test(arguments: models) func goesOnAsIfItHadNeverStopped(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    var whole = try SavedSession(name)
    try whole.grow()
    try whole.write(to: path)
    for isWithStates in [true, false] {
      var whole = try SavedSession(name)
      try whole.grow()
      let file = try RunFile.open(path)
      let known =
        isWithStates
        ? file
        : RunFile(
          file.manifest, trajectories: file.trajectories, vocabulary: file.vocabulary)
      var later = try SavedSession(name, goingOnWith: known)
      let nodes = whole.tree.nodes.map(\.id)
      // The last first, so that nothing before it was made on the way.
      for node in nodes.reversed() {
        try whole.step(node, 3)
        try later.step(node, 3)
        expectSame(later, whole, node)
        let lineage = try #require(whole.tree.lineage(of: node))
        for iteration in 0...(whole.trajectories[node]?.lastIteration ?? 0) {
          let (a, b) = (
            try whole.engine.state(lineage, iteration), try later.engine.state(lineage, iteration)
          )
          #expect(a.values.map(\.bitPattern) == b.values.map(\.bitPattern), "\(node) \(iteration)")
        }
        guard let a = try whole.append(to: node, at: 4), let b = try later.append(to: node, at: 4)
        else { continue }
        #expect(a == b)
        try whole.step(a, 2)
        try later.step(b, 2)
        expectSame(later, whole, a)
      }
    }
  }

  /// Runs of another model are found, compared and written, and are none of the model's own, whoever opens the
  /// file.
  @Test func runsOfOtherModelsStayTheirs() throws {
    let folder = try TemporaryFolder()
    var session = try SavedSession("")
    try session.grow()
    let edited = try #require(try session.edit(NodeID(1), "2:2 := 1:2@3"))
    try session.write(to: folder.file("a.muninn"))
    let theirs = try RunFile.open(folder.file("a.muninn")).made(by: "tiny 1234")
    #expect(theirs.tree.hasOtherModels)
    for node in theirs.tree.nodes { #expect(theirs.tree.otherModel(of: node.id) == "tiny 1234") }
    // What an edit takes from is theirs as well, and found by its number.
    let lineage = try #require(theirs.tree.lineage(of: edited))
    #expect(theirs.tree.node(of: lineage) == edited)
    if case .edit(let cause)? = theirs.tree[edited]?.cause {
      #expect(cause.runs.first.flatMap(theirs.tree.node) == NodeID(3))
    }
    try theirs.write(to: folder.file("b.muninn"))
    let opened = try RunFile.open(folder.file("b.muninn"))
    #expect(opened.manifest.format == 2 && opened.tree == theirs.tree)
    #expect(opened.states(of: NodeID(1))?.rows(2) == theirs.states(of: NodeID(1))?.rows(2))
    let other = try SavedSession("", goingOnWith: opened)
    #expect(other.engine.lastIteration(of: lineage) == nil)
  }

  /// States of another model are noticed by the first of them.
  @Test func statesThatAreNotItsOwnAreForgotten() throws {
    var session = try SavedSession("")
    let node = try session.begin([5, 1, 2])
    let lineage = try #require(session.tree.lineage(of: node))
    let other = try SavedSession("")
    let wrong = Matrix(rows: 3, columns: session.engine.workbench.model.facts.width)
    other.engine.resume(lineage, through: 2, states: KnownStates(iterations: 0...2) { _ in wrong })
    try session.step(node, 3)
    let step = try #require(try other.engine.step([lineage], to: 3).first)
    #expect(step.measures == session.trajectories[node]?.steps[3].measures)
  }

  @Test func hashesAreRememberedUntilTheFileChanges() throws {
    let folder = try TemporaryFolder()
    let cache = HashCache(environment: ["XDG_CACHE_HOME": folder.file("cache")])
    let file = try folder.write("w.safetensors", "abc")
    #expect(!cache.knows(file))
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(try cache.hash(of: file) == known)
    #expect(cache.knows(file))
    // Its list is read, not the file.
    let list = folder.file("cache/muninn/hashes.json")
    let text = try String(contentsOfFile: list, encoding: .utf8)
    let changed = text.replacingOccurrences(of: "ba78", with: "0000")
    try folder.write("cache/muninn/hashes.json", changed)
    #expect(try cache.hash(of: file).hasPrefix("000016bf"))
    try folder.write("w.safetensors", "abcd")
    #expect(!cache.knows(file))
    #expect(try cache.hash(of: file).hasPrefix("88d4266f"))
    try folder.write("cache/muninn/hashes.json", "{ no list")
    #expect(try cache.hash(of: file).hasPrefix("88d4266f"))
  }

  @Test func modelsAreToldApartByTheirBytes() throws {
    let embedded = try ModelIdentity(of: .embedded(), precision: .exact, remembering: .none)
    let bytes = try Data(
      contentsOf: Fixtures.repository.appendingPathComponent("Assets/demo/model.safetensors"))
    #expect(embedded.bytes == [bytes.count])
    let folder = try Checkpoint.open(
      Fixtures.repository.appendingPathComponent("Assets/demo").path)
    let same = try ModelIdentity(of: folder, precision: .exact, remembering: .none)
    #expect(embedded.difference(from: same) == nil && same.name != embedded.name)
    let other = try ModelIdentity(
      of: .open(Fixtures.path(Fixtures.ravenModels[0])), precision: .exact, remembering: .none)
    #expect(embedded.difference(from: other)?.contains("weights") == true)
    let fast = try ModelIdentity(of: folder, precision: .fast, remembering: .none)
    #expect(embedded.difference(from: fast)?.contains("--precision exact") == true)
  }

  /// Files of when the model inside was without a rotary table are still of that model.
  @Test func theModelInsideIsWhatItWas() throws {
    let made = try #require(
      try RunFile.open(Fixtures.path("run-files/format-1.muninn")).manifest.model)
    let now = try ModelIdentity(of: .embedded(), precision: .exact, remembering: .none)
    #expect(made.weights != now.weights && made.difference(from: now) == nil)
    #expect(now.difference(from: made) == nil && made.mayBe(ofSizes: now.bytes))
    let other = try ModelIdentity(
      of: .open(Fixtures.path(Fixtures.ravenModels[0])), precision: .exact, remembering: .none)
    #expect(!now.mayBe(ofSizes: other.bytes) && made.difference(from: other) != nil)
  }
}
