import Checkpoints
import Engine
import Foundation
import LatentModels
import RunFiles
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Saving and opening sessions, and what is left of the explorer where no model is.
@Suite(.hangingIsTold) struct RunFileTests {
  /// A session that answers at once, whatever computes for it.
  private struct Desk {
    var state: ExplorerState
    let service: any ComputeService
    private(set) var submitted: [ComputeRequest] = []

    init(_ file: String, _ service: any ComputeService, noModel: String? = nil) {
      state = ExplorerState(prompt: .text("unused"), start: .usual)
      state.size = Size(width: 120, height: 40)
      state.wishedFile = WishedFile(path: file)
      state.noModel = noModel
      state.version = "9.9.9"
      self.service = service
      settle()
    }

    mutating func send(_ event: ExplorerEvent) {
      for effect in update(&state, event) {
        guard case .submit(let request) = effect else { continue }
        submitted.append(request)
        service.submit(request)
      }
    }

    mutating func settle() {
      while true {
        service.settle()
        let events = service.takeEvents()
        if events.isEmpty {
          if !state.isPlaying { return }
          send(.tick(now: state.now + 1))
        }
        for event in events { send(.compute(event)) }
      }
    }

    mutating func type(_ command: String) {
      send(.invocation(Invocation(parsing: command) ?? Invocation("help")))
      settle()
    }

    mutating func press(_ key: Key) {
      send(.key(key))
      settle()
    }

    var said: String { state.message?.text ?? state.failure ?? "" }
  }

  /// A session with branches, written to a file.
  private func written(to path: String, _ change: (inout Session) -> Void = { _ in }) throws
    -> Session
  {
    var session = Session(width: 120, height: 40)
    session.type("edit 3:2 := 0")
    session.wait(100)
    session.type("show 1")
    change(&session)
    let file = try #require(session.state.runFile)
    try file.write(to: path)
    return session
  }

  private static let reason = "its model is not at hand, so nothing more is computed"

  private func reading(_ path: String) throws -> Desk {
    let service = ReadingService(try RunFile.open(path), noModel: Self.reason)
    return Desk(path, service, noModel: Self.reason)
  }

  @Test func savingAsksForAFileOfTheWholeSession() throws {
    var session = Session()
    session.press("h")
    session.type("note it  turns")
    session.type("mark a b")
    session.type("save some where.muninn --bf16")
    #expect(session.said == "saved to some where.muninn, 4 KiB", "\(session.said)")
    let order = session.service.requests.compactMap { request -> SaveOrder? in
      if case .save(let order) = request { order } else { nil }
    }.last
    let found = try #require(order)
    #expect(found.path == "some where.muninn" && found.isCompact && !found.isQuiet)
    #expect(found.file.tree == session.state.runs.tree)
    #expect(found.file.manifest.notes.map(\.text) == ["it  turns"])
    #expect(found.file.manifest.marks.keys.sorted() == ["a b"])
    #expect(found.file.manifest.view?.branches.first?.place == session.state.here)
    session.type("save")
    #expect(session.state.message?.kind == .error)
    session.type("save --bf16")
    #expect(session.said.contains("name of the file"), "\(session.said)")
  }

  @Test func notesAndMarksAreFoundAgain() throws {
    var session = Session()
    session.type("jump a")
    #expect(session.said.contains("nothing is marked"))
    session.type("goto 3:4")
    session.type("mark early")
    session.type("note first")
    session.type("goto 5:9")
    session.type("note")
    #expect(session.said.contains("3:4 of run 1"), "\(session.said)")
    session.type("jump ear")
    #expect(session.state.cursor == Address(token: 3, iteration: 4))
    session.type("note")
    #expect(session.said == "first")
    session.type("note -")
    session.type("note")
    #expect(session.said.contains("nothing is written about any"), "\(session.said)")
    session.type("note \(String(repeating: "x", count: 1001))")
    #expect(session.state.message?.kind == .error && session.state.notes.isEmpty)
  }

  @Test func withoutAModelItReopensAsItWas() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let before = try written(to: path) { session in
      session.type("metric entropy")
      session.type("goto 3:2")
      session.type("note here")
    }
    var desk = try reading(path)
    #expect(desk.state.runs.tree == before.state.runs.tree)
    #expect(desk.state.cursor == Address(token: 3, iteration: 2))
    #expect(desk.state.metric.name == "entropy" && desk.state.notes == before.state.notes)
    #expect(desk.said.contains("2 runs of"), "\(desk.said)")
    #expect(desk.state.runFile?.trajectories.count == 2)
    // The same picture, but for what is said below it and the model's own words.
    func rows(_ state: ExplorerState) -> [Substring] {
      var state = state
      (state.message, state.hint, state.mode) = (nil, nil, .normal)
      return render(state).text.split(separator: "\n", omittingEmptySubsequences: false)
    }
    #expect(rows(desk.state).dropLast() == rows(before.state).dropLast())
    desk.type("show 2")
    #expect(desk.state.runs.tree.current == NodeID(2))
    desk.press(.character("u"))
    #expect(desk.state.message?.kind == .error || desk.state.runs.tree.current == NodeID(1))
    // Saved again it is the same.
    let again = folder.file("b.muninn")
    desk.type("save \(again)")
    #expect(desk.said.contains("saved to"), "\(desk.said)")
    let (one, other) = (try RunFile.open(path), try RunFile.open(again))
    #expect(one.trajectories.keys == other.trajectories.keys && one.tree.nodes == other.tree.nodes)
  }

  /// Every act that needs the model is refused with the reason, and nothing of it stays.
  @Test(arguments: [
    "step-forward", "extend 4", "ask \"7+8?\"", "append", "seed 9", "edit 3:2 := 0.5*(1:1)",
    "inside", "motion", "cause", "copies 8", "token 3 8", "starts 4", "until entropy < 0.00001",
    "find rank(\"2\") == 1",
  ])
  func whatNeedsTheModelSaysWhyNot(command: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path)
    var desk = try reading(path)
    desk.type("goto 5:\(desk.state.edge)")
    guard Command.named(command.split(separator: " ").first.map(String.init) ?? "") != nil else {
      Issue.record("there is no command \(command)")
      return
    }
    let before = desk.state
    desk.type(command)
    #expect(desk.said == Self.reason, "\(command): \(desk.said)")
    #expect(desk.state.message?.kind == .error && desk.state.failure == nil)
    #expect(desk.state.runs.tree == before.runs.tree && desk.state.cursor == before.cursor)
    #expect(desk.state.zoom == before.zoom && !desk.state.isBusy && !desk.state.isPlaying)
  }

  /// Keys at random on a session without a model: nothing is computed, every picture fits.
  @Test func aStormComputesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path)
    var desk = try reading(path)
    var dice = Dice(seed: 15)
    let keys = Command.all.flatMap(\.keys).filter { $0 != .character("q") }
    for _ in 0..<Effort.times(400) {
      switch dice.below(6) {
      case 0: desk.send(.tick(now: desk.state.now + 1))
      case 1:
        desk.send(
          .resize(dice.one(of: [Size(width: 80, height: 24), Size(width: 120, height: 40)])))
      default: desk.send(.key(dice.one(of: keys)))
      }
      for event in desk.service.takeEvents() { desk.send(.compute(event)) }
      _ = render(desk.state)
      #expect(desk.state.runs.tree.count <= 2 && desk.state.edge <= 16)
    }
    #expect(!desk.submitted.contains { Effect.submit($0).isComputing })
    #expect(desk.state.failure == nil)
  }

  @Test func filesThatCannotBeOpenedLeaveTheSession() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path)
    var desk = try reading(path)
    desk.type("goto 3:2")
    desk.type("open \(try folder.write("b.muninn", "no file"))")
    #expect(desk.state.failure?.contains("b.muninn") == true)
    #expect(desk.state.runs.tree.count == 2 && desk.state.cursor.token == 3)
  }

  // MARK: With a model

  private func service(_ identity: ModelIdentity? = nil) -> ComputeThread {
    ComputeThread(candidates: 4, identity: { _ in identity }, open: { _ in try Self.embedded() })
  }

  private static func embedded() throws -> Workbench { try ComputeThreadTests.embedded() }

  private static func identity(_ hash: String) -> ModelIdentity {
    ModelIdentity(
      name: "m", precision: "exact", configuration: "c",
      weights: [ModelIdentity.Weights(name: "w", bytes: 1, sha256: hash)])
  }

  /// A session on the embedded model, saved after some iterations.
  private func saved(to path: String, _ service: ComputeThread) throws -> ExplorerState {
    var desk = Desk("/nowhere/at/all.muninn", service)
    #expect(desk.state.failure?.contains("/nowhere") == true)
    desk.type("ask \"3+4?\"")
    desk.type("goto 2:5")
    desk.type("append")
    desk.type("show 1")
    desk.type("save \(path)")
    #expect(desk.said.contains("saved to"), "\(desk.said)")
    return desk.state
  }

  @Test func goesOnWithItsModel() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let own = Self.identity("aa")
    let (first, second) = (service(own), service(own))
    defer {
      first.shutDown()
      second.shutDown()
    }
    var whole = Desk("/nowhere/at/all.muninn", first)
    whole.type("ask \"3+4?\"")
    whole.type("save \(path)")
    var later = Desk(path, second)
    #expect(later.state.noModel == nil && later.said.contains("goes on"), "\(later.said)")
    for command in ["extend 5", "append", "show 1", "edit 2:3 := 0", "extend 2"] {
      whole.type(command)
      later.type(command)
    }
    #expect(later.state.runs.tree.nodes == whole.state.runs.tree.nodes)
    #expect(later.state.runs.tree.count == 3)
    let (one, other) = (
      try #require(whole.state.runFile), try #require(later.state.runFile)
    )
    for (node, run) in one.trajectories {
      let twin = try #require(other.trajectories[node])
      #expect(run.steps.map(\.measures) == twin.steps.map(\.measures), "\(node)")
      #expect(run.steps.map(\.readings) == twin.steps.map(\.readings), "\(node)")
    }
    // The plane comes back with a basis that takes the new states too.
    #expect(later.state.projection?.coordinates.count == whole.state.projection?.coordinates.count)
  }

  /// On request a run of another model stands beside the same prompt here: what is here goes on, what is there
  /// is looked at and no more, and each is named.
  @Test func anotherModelIsRefusedOrCompared() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let first = service(Self.identity("aa"))
    let state = try saved(to: path, first)
    first.shutDown()
    let other = service(Self.identity("bb"))
    defer { other.shutDown() }
    var desk = Desk(path, other)
    #expect(desk.state.trajectory == nil)
    #expect(desk.state.failure?.contains("weights are others") == true)
    #expect(desk.state.failure?.contains("--anyway") == true)
    desk.type("open \(path) --anyway")
    let here = NodeID(3)
    #expect(desk.state.noModel == nil && desk.state.runs.tree.count == state.runs.tree.count + 1)
    #expect(desk.state.runs.tree.current == here && desk.state.otherModel == nil)
    #expect(desk.state.runs.tree.otherModel(of: NodeID(1)) == "m aa")
    #expect(desk.state.isComparing && desk.state.other == NodeID(1))
    #expect(desk.state.edge == state.edge, "as far as the run of the file")
    let labels = try #require(desk.state.pairLabels)
    #expect(labels.a == "the model here" && labels.b == "m aa (file)")
    // The same weights in truth: the same answers.
    #expect(desk.state.bothBranches?.parts == nil && desk.state.bothBranches?.sameFrom == 1)
    let picture = render(desk.state).text
    #expect(picture.contains("m aa (file)") && picture.contains("not at hand"), "\(picture)")
    desk.type("extend 2")
    #expect(desk.state.edge == state.edge + 2 && desk.state.failure == nil, "\(desk.said)")
    // Nothing is computed of the run of the file.
    desk.type("unzoom")
    desk.type("show 1")
    #expect(desk.state.otherModel == "m aa")
    let before = desk.state.runs.tree
    for command in [
      "extend 2", "append", "edit 3:2 := 0", "inside", "motion", "copies 8", "token 3 8",
      "starts 4",
      "cause 3", "until entropy < 0.00001", "find rank(\"2\") == 1",
    ] {
      desk.type(command)
      #expect(desk.said.contains("not at hand"), "\(command): \(desk.said)")
      #expect(desk.state.runs.tree == before && !desk.state.awaitsAnswers, "\(command)")
    }
    for key in "hljkmMaopx" {
      desk.press(.character(key))
      #expect(!desk.state.awaitsAnswers && desk.state.failure == nil)
    }
    desk.press(.escape)
    // Nor is anything put into a run from there.
    desk.type("show 3")
    desk.type("edit 2:3 := 2:3@1")
    #expect(desk.said.contains("not at hand"), "\(desk.said)")
    desk.type("cause 1")
    #expect(desk.said.contains("not at hand"), "\(desk.said)")
    #expect(desk.state.zoom != .causes)
    desk.type("append")
    #expect(desk.state.runs.tree.count == before.count + 1)
    #expect(desk.state.runs.tree.current.flatMap(desk.state.runs.tree.otherModel) == nil)
    // Written, both are there, of this model and of that.
    let again = folder.file("b.muninn")
    desk.type("save \(again)")
    let file = try RunFile.open(again)
    #expect(file.manifest.model == Self.identity("bb") && file.manifest.format == 2)
    #expect(file.tree.otherModel(of: NodeID(1)) == "m aa" && file.tree.otherModel(of: here) == nil)
    let there = try RunFile.open(path)
    #expect(file.states(of: NodeID(1))?.rows(3) == there.states(of: NodeID(1))?.rows(3))
    let third = service(Self.identity("bb"))
    defer { third.shutDown() }
    var later = Desk(again, third)
    #expect(later.state.noModel == nil && later.state.runs.tree.nodes == file.tree.nodes)
    later.type("show 3")
    later.type("extend 1")
    #expect(later.state.edge == state.edge + 3, "\(later.said)")
  }

  @Test func aModelOfOtherTokensIsOnlyLookedAt() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path)
    var file = try RunFile.open(path)
    file = file.keeping(file)
    try file.write(to: path, model: Self.identity("aa"))
    let other = service(Self.identity("bb"))
    defer { other.shutDown() }
    var desk = Desk(path, other)
    desk.type("open \(path) --anyway")
    #expect(desk.state.noModel?.contains("its tokens are others") == true)
    desk.type("extend 2")
    #expect(desk.said.contains("another model made this run"), "\(desk.said)")
  }

  /// What was set, looked for, measured and copied is there again, without the model too.
  @Test func aSessionIsSetUpAsItWas() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let own = Self.identity("aa")
    let first = service(own)
    defer { first.shutDown() }
    var whole = Desk("/nowhere/at/all.muninn", first)
    for command in [
      "ask \"3+4?\"", "seed 5", "show 1", "beside kl", "speed 16", "loop", "break entropy < 0.2",
      "cell-width 5",
      "threshold kl 0.25", "find iteration == 3", "refit", "components 3 4", "orbits", "extend 4",
      "compare 2",
      "unzoom", "cause 2", "unzoom", "copies 5 noise 0.4", "unzoom",
    ] {
      whole.type(command)
      #expect(whole.state.failure == nil, "\(command): \(whole.said)")
    }
    whole.state.isLooping = true
    #expect(whole.state.fanning.isComplete && whole.state.causing.known.count == 1)
    whole.type("save \(path)")
    let second = service(own)
    defer { second.shutDown() }
    let reading = ReadingService(try RunFile.open(path), noModel: Self.reason)
    for (service, reason) in [(second as any ComputeService, nil), (reading, Self.reason)] {
      var later = Desk(path, service, noModel: reason)
      let (a, b) = (later.state, whole.state)
      #expect(a.noModel == reason)
      #expect(a.beside == b.beside && a.speedIndex == b.speedIndex && a.cellWidth == 5)
      #expect(a.isLooping && a.plane.pair == b.plane.pair && a.plane.isCentred)
      #expect(a.breaking.points == b.breaking.points && a.breaking.points.count == 1)
      #expect(a.breaking.search == b.breaking.search && a.other == b.other)
      #expect(a.exitOutcomes.map(\.policy.words) == b.exitOutcomes.map(\.policy.words))
      #expect(a.causing.pair == b.causing.pair && a.causing.known == b.causing.known)
      #expect(a.fanning.question == b.fanning.question)
      #expect(a.fanning.copies.map(\.rollout) == b.fanning.copies.map(\.rollout))
      #expect(a.fanning.copies.map(\.points) == b.fanning.copies.map(\.points))
      #expect(a.fanning.spread == b.fanning.spread && a.fanning.pairs == b.fanning.pairs)
      #expect(a.projection?.coordinates == b.projection?.coordinates)
      #expect(a.projection?.fit == b.projection?.fit)
      func rows(_ state: ExplorerState) -> [Substring] {
        var state = state
        (state.message, state.hint, state.mode) = (nil, nil, .normal)
        // The words of this model are raw, those of a file as a terminal shows them; verdicts on motion are
        // made of states, which takes the model.
        let text = render(state).text.replacingOccurrences(of: "␊", with: "↵")
        return (reason == nil ? text : text.replacing("fixed point", with: "           "))
          .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      }
      #expect(rows(a) == rows(b))
      for command in ["copies", "unzoom", "cause 2"] {
        later.type(command)
        whole.type(command)
        #expect(rows(later.state) == rows(whole.state), "\(command): \(later.said)")
      }
      later.type("unzoom")
      whole.type("unzoom")
    }
    // With the model it goes on in the same plane, and makes more of the same copies.
    let third = service(own)
    defer { third.shutDown() }
    var later = Desk(path, third)
    for command in ["extend 3", "copies 9 noise 0.4"] {
      later.type(command)
      whole.type(command)
    }
    #expect(later.state.projection?.coordinates == whole.state.projection?.coordinates)
    #expect(later.state.projection?.spread.tokens == whole.state.projection?.spread.tokens)
    #expect(later.state.fanning.copies.count == 9)
    let twins = (later.state.fanning.copies, whole.state.fanning.copies)
    #expect(twins.0.map(\.rollout) == twins.1.map(\.rollout))
    #expect(later.state.fanning.spread == whole.state.fanning.spread)
  }

  /// Escape sequences in what a file says reach no terminal.
  @Test func namesOfFilesAreNoCommands() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path) { session in
      session.type("rename evil\u{1B}[2J\u{7}name")
      session.type("note \u{1B}]0;x\u{7}")
      session.type("mark \u{1B}[31m")
    }
    try RunFile.open(path).made(by: "m\u{1B}[2J\u{9B}1m").write(to: path)
    var desk = try reading(path)
    func expectClean(_ text: String, _ command: String) {
      let isClean = text.unicodeScalars.allSatisfy {
        $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
      }
      #expect(isClean, "\(command): \(text.debugDescription)")
    }
    var options = ExplorerOptions(prompt: .text("unused"), start: .usual)
    (options.file, options.noModel) = (path, Self.reason)
    var plain = LineSession(
      options, service: ReadingService(try RunFile.open(path), noModel: Self.reason))
    expectClean(plain.begin().joined(), "begin")
    for command in ["runs", "note", "jump \u{1B}[31m", "compare 2", "messages", "where"] {
      desk.type(command)
      expectClean(render(desk.state).text, command)
      expectClean(plain.take(command).joined(separator: "\n"), command)
    }
  }

  /// Only what something was done in is worth the place of the session before.
  @Test func aSessionThatWasOnlyLookedAtIsNotKept() throws {
    var session = Session()
    #expect(!session.state.isWorthKeeping)
    for key in "hhjmx" { session.press(.character(key)) }
    #expect(!session.state.isWorthKeeping)
    session.type("mark a")
    #expect(session.state.isWorthKeeping)
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    _ = try written(to: path)
    var desk = try reading(path)
    desk.type("show 2")
    #expect(!desk.state.isWorthKeeping)
    desk.type("note here")
    #expect(desk.state.isWorthKeeping)
  }
}
