import Checkpoints
import Engine
import Foundation
import Generation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// The compute thread with the embedded model behind it: requests in, events out.
@Suite(.hangingIsTold) struct ComputeThreadTests {
  func service(
    open: (@Sendable () throws -> Workbench)? = nil
  ) -> ComputeThread {
    ComputeThread(candidates: 4) { _ in try open?() ?? Self.embedded() }
  }

  static func embedded() throws -> Workbench {
    let model = try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: 1))
    let summary = ModelSummary(
      name: "embedded", defaultIterations: 12, parameters: model.facts.parameters,
      width: model.facts.width, vocabularySize: 256, maximumTokens: 256)
    let codec = TextCodec(
      encode: { [10] + $0.utf8.map(Int.init) },
      encodeAnswer: { _, _ in throw CheckpointError(.missing, "Nothing is asked here.") },
      token: { Token(id: $0, text: String(UnicodeScalar(UInt8($0))), isSpecial: $0 == 10) },
      decode: { String(UnicodeScalar(UInt8($0))) },
      stream: { _ in TextStream { String(UnicodeScalar(UInt8($0))) } })
    return Workbench(model: model, summary: summary, codec: codec)
  }

  /// Run 1, as the screen would ask for it.
  func key(_ text: String, _ start: Start) -> RunKey {
    RunKey(
      NodeID(1),
      Lineage(PromptCause(text: text, ids: [10] + text.utf8.map(Int.init), start: start)))
  }

  static let seed7 = Start.seed(7)

  /// What happens to the model's files is told once, after the answer it may be about.
  @Test func troubleWithTheFilesIsTold() throws {
    let service = service {
      let whole = try Self.embedded()
      return Workbench(
        model: whole.model, summary: whole.summary, codec: whole.codec,
        trouble: { "weights were changed" })
    }
    defer { service.shutDown() }
    service.submit(.begin(RunNumber(1), .text("3+4?"), .seed(7)))
    service.submit(.step(key("3+4?", Self.seed7), to: 1))
    let all = events(of: service, until: { if case .stepped = $0 { true } else { false } })
    let told = all.compactMap { event -> String? in
      if case .failed(nil, let message) = event { message } else { nil }
    }
    #expect(told == ["weights were changed"])
    let begun = all.firstIndex { if case .began = $0 { true } else { false } }
    let failed = all.firstIndex { if case .failed = $0 { true } else { false } }
    #expect(try #require(begun) < #require(failed))
  }

  /// Waits for events until one satisfies `isLast`, as the screen does: poll, then take.
  func events(
    of service: ComputeThread, until isLast: (ComputeEvent) -> Bool
  ) -> [ComputeEvent] {
    var all: [ComputeEvent] = []
    while true {
      var wait = pollfd(fd: service.readyDescriptor, events: Int16(POLLIN), revents: 0)
      poll(&wait, 1, 10_000)
      let new = service.takeEvents()
      all += new
      if new.contains(where: isLast) || new.isEmpty { return all }
    }
  }

  /// A map comes cell by cell, and is that of an engine asked at once; what cannot be says so.
  @Test func causesComeInBatches() throws {
    let service = service()
    defer { service.shutDown() }
    let question = CausalMap.Question(
      clean: key("3+4-2?", .zero).lineage, corrupted: key("8+4-2?", .zero).lineage, last: 6)
    service.submit(.causalMap(question))
    var map: CausalMap?
    for event in events(of: service, until: { if case .causalMap = $0 { true } else { false } }) {
      if case .causalMap(let blank) = event { map = blank }
    }
    var found = try #require(map)
    #expect(found.question == question && found.computedCount == 0 && found.count == 7 * 7)
    while let cells = Optional(found.next(4)), !cells.isEmpty {
      service.submit(.causalCells(found.blank, cells))
      for event in events(of: service, until: { if case .causalCells = $0 { true } else { false } })
      {
        if case .causalCells(question, let effects) = event {
          for (cell, effect) in effects { found.add(effect, at: cell) }
        }
      }
    }
    let engine = Engine(try Self.embedded(), candidates: 1)
    var whole = try engine.causalMap(question)
    while whole.computedCount < whole.count { try engine.fill(&whole) }
    #expect(found == whole)
    let uneven = CausalMap.Question(
      clean: question.clean, corrupted: key("8+4?", .zero).lineage, last: 6)
    service.submit(.causalMap(uneven))
    let refused = events(
      of: service, until: { if case .failed(.cause, _) = $0 { true } else { false } })
    #expect(
      refused.contains {
        if case .failed(.cause, let words) = $0 { words.contains("7 and 5") } else { false }
      })
  }

  /// Two seeds and a text that goes on, against the model asked directly.
  @Test func textsAreComparedAsTheModelSays() throws {
    let service = service()
    defer { service.shutDown() }
    let a = key("3+4-2?", Self.seed7)
    let b = RunKey(NodeID(2), key("3+4-2?", .zero).lineage)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    service.submit(.begin(RunNumber(2), .text("3+4-2?"), .zero))
    for iteration in 1...3 { service.submit(.step(a, to: iteration)) }
    for iteration in 1...2 { service.submit(.step(b, to: iteration)) }
    service.submit(.append(a, at: 3, .said(Sampling())))
    let cause = try #require(
      events(of: service, until: { if case .appended = $0 { true } else { false } })
        .compactMap { if case .appended(_, let cause, _, _) = $0 { cause } else { nil } }.first)
    let longer = RunKey(NodeID(3), a.lineage.appending(cause, at: 3))
    service.submit(.step(longer, to: 1))
    service.submit(.compare(a, b, at: 2, upTo: [[3], [2]]))
    service.submit(.compare(a, b, at: 3, upTo: [[3], [2]]))
    service.submit(.compare(longer, a, at: 1, upTo: [[3, 1], [3]]))
    service.submit(.sharePlane([longer, b], token: 6, from: nil, upTo: [[3, 1], [2]]))
    service.submit(.sharePlane([longer, b], token: 6, from: [3, 2], upTo: [[3, 1], [2]]))
    service.submit(.sharePlane([longer, b], token: 7, from: [0, 0], upTo: [[3, 1], [2]]))
    var compared: [BranchDistances.Iteration] = []
    var planes: [(plane: SharedPlane, from: [Int])] = []
    let told = events(
      of: service,
      until: { if case .shared(_, let plane, _) = $0 { plane.token == 7 } else { false } })
    for event in told {
      if case .compared(_, _, _, let distances) = event { compared.append(distances) }
      if case .shared(_, let plane, let from) = event { planes.append((plane, from)) }
    }
    // Another engine is asked for the same states.
    let engine = Engine(try Self.embedded(), candidates: 1)
    for lineage in [a.lineage, b.lineage] {
      for _ in 0..<3 { _ = try engine.step([lineage]) }
    }
    let expected = BranchDistances.Iteration(
      logits: (
        try engine.logits(a.lineage, 2, rows: 0..<7), try engine.logits(b.lineage, 2, rows: 0..<7)
      ),
      normalized: (try engine.normalized(a.lineage, 2), try engine.normalized(b.lineage, 2)))
    try #require(compared.count == 3)
    #expect(compared[0] == expected && (expected.distance[6] ?? 0) > 0)
    #expect(compared[1].distance == Array(repeating: nil, count: 7), "b is not that far")
    #expect(compared[2].distance == Array(repeating: 0, count: 7), "one and the same run")
    try #require(planes.count == 3)
    let (plane, later, other) = (planes[0].plane, planes[1].plane, planes[2].plane)
    #expect(
      planes[0].from == [0, 0] && plane.fitted == [4, 3] && plane.paths.map(\.count) == [4, 3])
    #expect(planes[1].from == [3, 2] && later.paths == [[plane.paths[0][3]], [plane.paths[1][2]]])
    #expect(
      planes[2].from == [0, 0] && other.paths.map(\.count) == [2, 0], "one has no such token")
    // What six components have of the way from one to the other is no longer than the way itself.
    let way = zip(plane.paths[0][2], plane.paths[1][2]).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    #expect(abs(way.squareRoot() - (expected.distance[6] ?? 0)) < 0.01, "seven states span six")
  }

  @Test func aRunArrivesStepByStepOnAFrozenBasis() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for iteration in 1...3 { service.submit(.step(run, to: iteration)) }
    service.submit(.project(run, ProjectionFit(token: nil, iterations: 0...3), upTo: [3]))
    service.submit(.step(run, to: 4, measuring: true))
    var trajectory: Trajectory?
    var projection: Projection?
    for event in events(
      of: service,
      until: { if case .stepped(_, let s, _, _) = $0 { s.iteration == 4 } else { false } })
    {
      switch event {
      case .began(_, _, let begun): trajectory = begun
      case .stepped(_, let step, let distances, let places):
        trajectory?.append(step)
        #expect((distances != nil) == (step.iteration == 4), "asked for with the last alone")
        if let distances { trajectory?.measured(distanceToLast: distances) }
        if let places { projection?.add(places, iteration: step.iteration, firstToken: 0) }
        #expect((places != nil) == (step.iteration == 4), "the basis is fitted after 3")
      case .projected(_, let fitted): projection = fitted
      case .failed(_, let message): Issue.record("\(message)")
      default: break
      }
    }
    let result = try #require(trajectory)
    #expect(result.lastIteration == 4)
    #expect(result.tokens.map(\.text).joined() == "\n3+4-2?")
    #expect(result.steps[4].readings[6].top.count == 4)
    #expect(try #require(projection).coordinates.count == 5)
    #expect(try #require(result.distanceToLast)[4].allSatisfy { $0 == 0 })
  }

  /// Asked for once, it comes with every step, before it, so that no picture lacks it.
  @Test func arrivalComesWithEveryStep() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    service.submit(.step(run, to: 1))
    service.submit(.arrive(run, upTo: [1]))
    for iteration in 2...4 { service.submit(.step(run, to: iteration)) }
    var told: [Arrival] = []
    let all = events(
      of: service,
      until: { if case .stepped(_, let s, _, _) = $0 { s.iteration == 4 } else { false } })
    service.submit(.arrive(run, upTo: [4]))
    let again = events(of: service) { if case .arrived = $0 { true } else { false } }
    for event in all + again {
      if case .arrived(_, let arrivals) = event { told += arrivals }
      if case .stepped(_, let step, _, _) = event, step.iteration > 1 {
        #expect(told.last?.last == step.iteration)
      }
    }
    #expect(told.map(\.last) == [1, 2, 3, 4, 4] && told[3] == told[4])
    #expect(told[4].divergence[4] == Array(repeating: 0, count: 7))
    #expect(told[4].divergence.allSatisfy { $0.count == 7 })
  }

  /// A run that was undone for good and is asked for anew begins anew, whatever is still kept of it.
  @Test func aRunThatWasForgottenBeginsAgain() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("1+1?", .zero)
    service.submit(.begin(RunNumber(1), .text("1+1?"), .zero))
    for iteration in 1...3 { service.submit(.step(run, to: iteration)) }
    service.submit(.begin(RunNumber(2), .text("1+1?"), .zero))
    service.submit(.step(run, to: 1))
    service.submit(.measure(run, upTo: [1]))
    let all = events(of: service) { if case .measured = $0 { true } else { false } }
    let steps = all.compactMap { event -> Step? in
      if case .stepped(_, let step, _, _) = event { step } else { nil }
    }
    #expect(steps.map(\.iteration) == [1, 2, 3, 1])
    #expect(steps[3].measures == steps[0].measures && steps[3].readings == steps[0].readings)
    guard case .measured(_, let distances)? = all.last else { return }
    #expect(distances.map(\.count) == [2])
  }

  /// What the coda lens reads after the last block is what the run says, of a prompt and of a token
  /// appended to it; no more than a row of weights comes along.
  @Test func insideACellTheLastBlockSaysWhatTheRunSays() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for iteration in 1...5 { service.submit(.step(run, to: iteration)) }
    service.submit(.append(run, at: 5, .said(Sampling())))
    var all = events(of: service) { if case .appended = $0 { true } else { false } }
    guard case .appended(_, let cause, _, _)? = all.last else {
      Issue.record("no token")
      return
    }
    let appended = RunKey(NodeID(2), run.lineage.appending(cause, at: 5))
    for iteration in 1...3 { service.submit(.step(appended, to: iteration)) }
    service.submit(.inside(run, row: 4, iteration: 5))
    service.submit(.inside(run, row: 6, iteration: 1))
    service.submit(.inside(appended, row: 0, iteration: 3))
    var passes: [(NodeID, CellPass)] = []
    while passes.count < 3 {
      let more = events(of: service) { if case .inside = $0 { true } else { false } }
      all += more
      for case .inside(let node, let pass) in more { passes.append((node, pass)) }
    }
    for ((node, pass), (token, keys)) in zip(passes, [(4, 7), (6, 7), (7, 8)]) {
      let step = all.lazy.compactMap { event -> Step? in
        if case .stepped(node, let step, _, _) = event, step.iteration == pass.iteration {
          step
        } else {
          nil
        }
      }.first
      let said = try #require(step).readings[pass.row]
      let core = pass.lines.filter { $0.place.part == .core }
      let last = try #require(core.last)
      #expect(pass.hasAdapter && pass.lenses == ["coda", "logit"] && core.count == 3)
      #expect(pass.places.map(\.part) == [.prelude, .core, .core, .coda])
      #expect(last.readings[0]?.entropy == said.entropy)
      #expect(last.readings[0]?.top.map(\.id) == said.top.map(\.id))
      #expect(last.readings[0]?.top.map(\.probability) == said.top.map(\.probability))
      // What the coda leaves is what the head reads.
      let end = try #require(pass.lines.last?.readings)
      #expect(end[0] == nil && end[1]?.top.map(\.id) == said.top.map(\.id))
      for place in pass.places where place.block > 0 {
        let weights = try #require(pass.weights[place])
        #expect(weights.count == keys && abs(weights.reduce(0, +) - 1) < 1e-5)
        #expect(weights.dropFirst(token + 1).allSatisfy { $0 == 0 })
      }
      #expect(core.dropFirst().allSatisfy { ($0.added ?? 0) > 0 && $0.norm > 0 })
      #expect(core[0].added == nil && core[0].readings[0]?.kl == nil)
    }
    // What is asked for and not wanted any more is dropped.
    for _ in 0..<200 { service.submit(.inside(run, row: 0, iteration: 4)) }
    service.cancel()
    let stopped = events(of: service) { if case .cancelled = $0 { true } else { false } }
    guard case .cancelled(.inside)? = stopped.last else {
      Issue.record("it was not stopped")
      return
    }
  }

  /// What was asked about a cell that nobody looks at any more has no answer, and holds up nothing.
  @Test func whatIsDroppedHoldsUpNothing() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for iteration in 1...3 { service.submit(.step(run, to: iteration)) }
    for row in 0..<5 { for _ in 0..<40 { service.submit(.inside(run, row: row, iteration: 2)) } }
    service.drop(.inside)
    // What has no answer is told of all the same.
    service.submit(.watch([50]))
    service.submit(.standings([50, 51], run, at: 3, rows: 5..<7))
    service.submit(.inside(run, row: 6, iteration: 3, watched: [50]))
    var all: [ComputeEvent] = []
    var last: CellPass?
    while last?.row != 6 {
      let more = events(of: service) { if case .inside = $0 { true } else { false } }
      all += more
      for case .inside(_, let pass) in more { last = pass }
      if more.isEmpty { break }
    }
    #expect(last?.row == 6 && last?.watched == [50])
    #expect(last?.lines.last?.readings[1]?.standing(of: 50) != nil)
    let passes = all.count { if case .inside = $0 { true } else { false } }
    #expect(passes < 200)
    #expect(!all.contains { if case .cancelled = $0 { true } else { false } })
    guard
      let standings = all.lazy.compactMap({ event -> [[Standing]]? in
        if case .standings(_, at: 3, first: 5, let standings) = event { standings } else { nil }
      }).first
    else {
      Issue.record("no standings")
      return
    }
    #expect(standings.count == 2 && standings.allSatisfy { $0.map(\.id) == [50, 51] })
    // Stopping everything does not undo what steps are to tell.
    service.submit(.watch([51]))
    service.cancel()
    service.submit(.step(run, to: 4))
    let step = events(of: service) { if case .stepped = $0 { true } else { false } }
    guard case .stepped(_, let made, _, _)? = step.last else {
      Issue.record("no step")
      return
    }
    #expect(made.readings.allSatisfy { $0.watched.map(\.id) == [51] })
  }

  /// Under a small budget states are made again, and the screen is told that it is full.
  @Test func aSmallBudgetIsToldAndChangesNothing() throws {
    var runs: [[Step]] = []
    for memory in [1 << 16, 1 << 28] {
      let service = ComputeThread(candidates: 4, memory: memory) { _ in try Self.embedded() }
      defer { service.shutDown() }
      let run = key("3+4-2?", Self.seed7)
      service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
      for iteration in 1...40 { service.submit(.step(run, to: iteration, measuring: true)) }
      service.submit(.project(run, nil, upTo: [40]))
      let all = events(of: service) { if case .projected = $0 { true } else { false } }
      let told = all.contains { event in
        if case .memoryIsFull(bytes: memory) = event { true } else { false }
      }
      #expect(told == (memory == 1 << 16))
      runs.append(
        all.compactMap { event in
          if case .stepped(_, let step, _, _) = event { step } else { nil }
        })
    }
    #expect(runs[0].map(\.readings) == runs[1].map(\.readings))
  }

  @Test func cancellingDropsWhatIsQueuedAndSaysSo() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("1+1?", .zero)
    service.submit(.begin(RunNumber(1), .text("1+1?"), .zero))
    _ = events(of: service) { if case .began = $0 { true } else { false } }
    for iteration in 1...500 { service.submit(.step(run, to: iteration)) }
    service.cancel()
    var steps = 0
    var cancelled = 0
    while steps + cancelled < 500 {
      for event in events(of: service, until: { _ in true }) {
        if case .stepped = event { steps += 1 }
        if case .cancelled = event { cancelled += 1 }
      }
    }
    #expect(cancelled > 0)
    // A request made after the cancel is served.
    service.submit(.step(run, to: steps + 1))
    let after = events(of: service) { if case .stepped = $0 { true } else { false } }
    guard case .stepped(_, let step, _, _)? = after.last else {
      Issue.record("no step after the cancel")
      return
    }
    #expect(step.iteration == steps + 1, "the edge moved only with finished steps")
  }

  @Test func whatIsOnTheScreenIsToldFirst() throws {
    let service = service()
    defer { service.shutDown() }
    let text = String(repeating: "1+", count: 60) + "2?"
    let run = key(text, .zero)
    service.submit(.begin(RunNumber(1), .text(text), .zero))
    service.submit(.step(run, to: 1, reading: 100..<122))
    let all = events(of: service) { if case .stepped = $0 { true } else { false } }
    let glimpses = all.compactMap { event -> (Int, [Reading])? in
      if case .glimpsed(NodeID(1), 1, let first, let readings) = event {
        (first, readings)
      } else {
        nil
      }
    }
    guard case .stepped(_, let step, _, _)? = all.last else {
      Issue.record("no step")
      return
    }
    #expect(glimpses.map(\.0) == [96])
    for (first, readings) in glimpses {
      #expect(readings == Array(step.readings[first..<first + readings.count]))
    }
  }

  /// What the screen is told while a text is written is what the generator says.
  @Test func appendedTokensAreTheGenerators() throws {
    let service = service()
    defer { service.shutDown() }
    let root = key("3+4-2?", Self.seed7)
    var text = root
    let schedule = [12, 3, 7]
    var said: [Int] = []
    /// Asks for a token, and waits for it.
    func append(to key: RunKey, at iteration: Int) throws -> RunKey {
      service.submit(.append(key, at: iteration, .said(Sampling())))
      let all = events(of: service) { if case .appended = $0 { true } else { false } }
      guard case .appended(let fork, let cause, let token, let places)? = all.last else {
        throw CheckpointError(.missing, "No token came.")
      }
      #expect(fork == Fork(node: key.node, iteration: iteration))
      #expect(places?.coordinates.count == 1 && token.tokens.map(\.id) == [cause.id])
      said.append(cause.id)
      return RunKey(
        NodeID(key.node.value + 1), key.lineage.appending(cause, at: iteration))
    }
    func projected(_ key: RunKey, upTo last: [Int]) -> Projection? {
      service.submit(.project(key, nil, upTo: last))
      let all = events(of: service) { if case .projected = $0 { true } else { false } }
      guard case .projected(key.node, let projection)? = all.last else { return nil }
      return projection
    }
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for (passage, iterations) in schedule.enumerated() {
      for iteration in 1...iterations { service.submit(.step(text, to: iteration)) }
      if passage == 0 {
        service.submit(
          .project(root, ProjectionFit(token: nil, iterations: 0...12), upTo: [12]))
      }
      text = try append(to: text, at: iterations)
    }
    // Back to the prompt, taken after 5 iterations; the others are still there.
    let other = try append(to: root, at: 5)
    let whole = try #require(projected(text, upTo: schedule + [0]))
    #expect(
      whole.coordinates[0].count == 10
        && projected(other, upTo: [12, 0])?.coordinates[0].count == 8)
    #expect(whole.fit.iterations == 0...12, "on the basis of its prompt")
    func generated(_ schedule: [Int]) throws -> [Int] {
      let model = try Self.embedded().model
      var generator = try Generator(
        model: model, prompt: [10] + "3+4-2?".utf8.map(Int.init),
        options: GenerationOptions(
          iterations: .scheduled(schedule), start: .seed(7), cache: Engine.strategy))
      return try schedule.map { _ in try generator.next().id }
    }
    #expect(said == (try generated(schedule)) + (try generated([5])))
  }

  @Test func aTextAsLongAsTheModelTakesSaysSo() throws {
    let service = service()
    defer { service.shutDown() }
    let text = String(repeating: "1+", count: 127) + "?"
    let run = key(text, .zero)
    service.submit(.begin(RunNumber(1), .text(text), .zero))
    service.submit(.step(run, to: 1))
    service.submit(.append(run, at: 1, .said(Sampling())))
    let all = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(.run(NodeID(1)), let message)? = all.last else {
      Issue.record("no failure")
      return
    }
    #expect(message.contains("257") && message.contains("256"))
    // The text is as it was before.
    service.submit(.step(run, to: 2))
    let after = events(of: service) { if case .stepped = $0 { true } else { false } }
    #expect(after.contains { if case .stepped = $0 { true } else { false } })
  }

  @Test func aPromptThatCannotRunFailsInWords() {
    let service = service()
    defer { service.shutDown() }
    service.submit(.begin(RunNumber(1), .ids([]), .zero))
    let all = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(let run, let message)? = all.last else {
      Issue.record("no failure")
      return
    }
    #expect(run == .beginning(RunNumber(1)) && message.contains("no tokens"))
  }

  @Test func aPromptThatCannotRunLeavesTheOldRun() throws {
    let service = service()
    defer { service.shutDown() }
    service.submit(.begin(RunNumber(1), .text("1+1?"), .zero))
    let run = key("1+1?", .zero)
    service.submit(.step(run, to: 1))
    service.submit(.begin(RunNumber(2), .ids([]), .zero))
    service.submit(.step(run, to: 2))
    let all = events(of: service) {
      if case .stepped(_, let step, _, _) = $0 { step.iteration == 2 } else { false }
    }
    guard case .stepped(_, let step, _, _)? = all.last else {
      Issue.record("the old run did not go on")
      return
    }
    #expect(step.iteration == 2)
  }

  @Test func aModelThatCannotOpenFailsInWords() {
    struct Broken: Error, CustomStringConvertible { let description = "The file is damaged." }
    let service = service { throw Broken() }
    defer { service.shutDown() }
    let all = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(nil, let message)? = all.last else {
      Issue.record("no failure")
      return
    }
    #expect(message == "The file is damaged.")
  }
}
