import Engine
import LatentModels
import ParallelScaling
import Testing
import Trajectories

@testable import Explorer

/// Ensembles asked of the compute thread, against the copies run at once.
extension ComputeThreadTests {
  private static func question(_ way: EnsembleQuestion.Way) -> EnsembleQuestion {
    let ids = [10] + "3+4-2?".utf8.map(Int.init)
    return EnsembleQuestion(
      cause: PromptCause(text: "3+4-2?", ids: ids, start: seed7), way: way, seed: 5, iterations: 6)
  }

  private func chunks(
    _ question: EnsembleQuestion, _ ranges: [Range<Int>], _ service: ComputeThread
  ) -> [EnsembleChunk] {
    ranges.flatMap { range in
      service.submit(.ensemble(question, range))
      return events(of: service) { if case .ensemble = $0 { true } else { false } }
        .compactMap { if case .ensemble(let chunk) = $0 { chunk } else { nil } }
    }
  }

  private func runner(
    _ question: EnsembleQuestion, _ perturbations: [Perturbation], drawsStarts: Bool = false
  ) throws -> EnsembleRunner {
    let workbench = try Self.embedded()
    return EnsembleRunner(
      model: workbench.model,
      plan: EnsemblePlan(
        ids: question.cause.ids, perturbations: perturbations, start: question.cause.start,
        drawsStarts: drawsStarts, seed: question.seed, iterations: question.iterations, tokens: 32))
  }

  /// Whatever pieces they come in; spread is of all that came, and the basis stays that of the first.
  @Test func copiesAreThoseOfOneBatch() throws {
    let service = service()
    defer { service.shutDown() }
    let question = Self.question(.perturbed("relative-noise", 0.5, isHeld: false))
    let pieces = chunks(question, [0..<3, 3..<8, 3..<8], service)
    #expect(pieces.map(\.range) == [0..<3, 3..<8, 3..<8])
    let kind = try #require(PerturbationKind.named("relative-noise"))
    let model = try Self.embedded().model
    let whole = try runner(question, [Perturbation(kind, strength: 0.5, of: model)])
      .run(Array(0..<8), readsPath: true)
    let copies = pieces[0].copies + pieces[1].copies
    #expect(copies.map(\.said) == whole.map(\.said))
    #expect(copies.map(\.rollout.residuals) == whole.map(\.residuals))
    #expect(copies.map(\.rollout.entropy) == whole.map(\.entropy))
    #expect(copies.map(\.rollout.copy) == Array(0..<8))
    let plain = try runner(question, []).run([0], readsPath: true)[0]
    #expect(pieces[0].plain.said == plain.said && pieces[0].level == 0.5)
    #expect(pieces[1].plain.points == pieces[0].plain.points)
    // Asked for again they are the same, and counted once.
    #expect(pieces[2].copies.map(\.points) == pieces[1].copies.map(\.points))
    #expect(pieces[2].spread == pieces[1].spread && pieces[2].spread[6]?.count == 8)
    var spread = RunningSpread(plain: plain.path)
    for copy in whole { spread.add(copy.path) }
    #expect(pieces[1].spread == (0...6).map { spread.moment($0) })
  }

  @Test func anotherStrengthIsAnotherEnsembleAndAWrongSiteSaysWhy() throws {
    let service = service()
    defer { service.shutDown() }
    let weak = chunks(
      Self.question(.perturbed("dropout", 0.05, isHeld: true)), [0..<2], service)
    let strong = chunks(
      Self.question(.perturbed("dropout", 0.5, isHeld: true)), [0..<2], service)
    #expect(weak[0].plain.said == strong[0].plain.said && weak[0].level == nil)
    #expect(weak[0].copies.map(\.points) != strong[0].copies.map(\.points))
    service.submit(.ensemble(Self.question(.perturbed("dropout", 2, isHeld: false)), 0..<2))
    let refused = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(.ensemble, let words)? = refused.last else {
      Issue.record("no refusal")
      return
    }
    #expect(words.contains("share of elements") && words.contains("2.0"))
  }

  /// Nobody waits for copies that are dropped, and those asked for next come.
  @Test func droppedCopiesAreNotAnswered() throws {
    let service = service()
    defer { service.shutDown() }
    let (old, new) = (
      Self.question(.perturbed("noise", 0.1, isHeld: false)), Self.question(.starts)
    )
    for start in 0..<6 { service.submit(.ensemble(old, start * 16..<start * 16 + 16)) }
    service.drop(.ensemble)
    service.submit(.ensemble(new, 0..<2))
    let all = events(of: service) {
      if case .ensemble(let chunk) = $0 { chunk.question == new } else { false }
    }
    let answered = all.filter { if case .ensemble = $0 { true } else { false } }
    #expect(answered.count <= 2)
    #expect(!all.contains { if case .cancelled = $0 { true } else { false } })
  }

  /// What a copy becomes as a branch is that copy, to the bit: of starts by its seed, of noise by what is
  /// drawn.
  @Test(arguments: [0, 3]) func aCopyIsABranch(copy: Int) throws {
    let service = service()
    defer { service.shutDown() }
    let question = Self.question(.perturbed("dropout", 0.3, isHeld: true))
    let kind = try #require(PerturbationKind.named("dropout"))
    let model = try Self.embedded().model
    let noisy = try runner(question, [Perturbation(kind, strength: 0.3, isHeld: true, of: model)])
      .run([copy], readsPath: true)[0]
    var session = Session()
    session.type("copies dropout 0.3 held seed 5")
    for _ in 0...copy { session.press(.down) }
    session.press(.enter)
    let causes = session.service.requests.compactMap {
      if case .copy(_, let cause) = $0 { cause } else { nil }
    }
    let cause = try #require(causes.last)
    let root = RunKey(NodeID(1), Lineage(question.cause))
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), Self.seed7))
    service.submit(.copy(root, cause))
    let branch = RunKey(NodeID(2), root.lineage.appending(cause))
    for iteration in 1...6 { service.submit(.step(branch, to: iteration)) }
    let all = events(of: service) {
      if case .stepped(NodeID(2), let step, _, _) = $0 { step.iteration == 6 } else { false }
    }
    let copied = all.compactMap { event -> Trajectory? in
      if case .copied(NodeID(1), cause, let begun) = event { begun } else { nil }
    }
    let said = all.compactMap { event -> Int? in
      if case .stepped(NodeID(2), let step, _, _) = event {
        step.readings.last?.best?.id
      } else {
        nil
      }
    }
    #expect(copied.count == 1 && said == noisy.said.dropFirst().map { $0 })
    let seeded = question.cause.starting(.seed(7 + UInt64(copy)))
    let engine = Engine(try Self.embedded(), candidates: 4)
    _ = try engine.begin([.prompt(seeded)])
    let started = try runner(Self.question(.starts), [], drawsStarts: true).run([copy])[0]
    for iteration in 1...6 {
      _ = try engine.step([Lineage(seeded)], to: iteration)
      #expect(Array(try engine.state(Lineage(seeded), iteration).row(6)) == started.path[iteration])
    }
  }
}
