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
