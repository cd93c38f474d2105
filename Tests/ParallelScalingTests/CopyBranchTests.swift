import Engine
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import ParallelScaling

/// Copies as runs of an engine: to the bit what they are in an ensemble.
@Suite struct CopyBranchTests {
  private static let ids = [10, 51, 43, 52, 45, 50, 63]

  /// A model whose words nobody asks for.
  static func workbench(_ model: any LatentModel) -> Workbench {
    Workbench(
      model: model,
      summary: ModelSummary(
        name: "test", defaultIterations: 4, parameters: model.facts.parameters,
        width: model.facts.width, vocabularySize: model.facts.vocabularySize,
        maximumTokens: model.facts.maximumTokens),
      codec: .idsOnly(problem: "none"))
  }

  private static func plan(
    _ model: any LatentModel, _ kind: String, held: Bool, iterations: Int
  ) throws -> EnsemblePlan {
    EnsemblePlan(
      ids: ids,
      perturbations: [
        try Perturbation(
          try #require(PerturbationKind.named(kind)), strength: 0.2, isHeld: held, of: model)
      ],
      start: model.facts.usualStart.drawn(as: SeedForm()), seed: 5, iterations: iterations,
      tokens: 3)
  }

  private static func cause(
    _ kind: String, _ number: Int, held: Bool, last: Int?, firstPosition: Int? = nil
  ) -> CopyCause {
    CopyCause(
      perturbations: [.init(kind, strength: 0.2, isHeld: held)], seed: 5, number: number,
      last: last, firstPosition: firstPosition)
  }

  @Test(arguments: EnsembleTests.cases, [1 << 30, 0])
  func aBranchIsTheCopy(
    _ example: (model: String, kinds: [String]), budget: Int
  ) throws {
    let model = try EnsembleTests.model(example.model)
    let bench = Self.workbench(model)
    for kind in example.kinds {
      for isHeld in [false, true] where !isHeld || kind.hasPrefix("dropout") {
        let what = "\(example.model) \(kind)\(isHeld ? " held" : "")"
        let plan = try Self.plan(model, kind, held: isHeld, iterations: 4)
        let copies = try EnsembleRunner(model: model, plan: plan).run([0, 3])
        let thinksOnce = model.facts.thoughts != nil
        let ends = CopyCause.endsWithThoughts(
          try #require(PerturbationKind.named(kind)), thinksOnce: thinksOnce)
        let engine = Engine(bench, candidates: 2, budget: budget, copies: CopyCause.hooks)
        let prompt = PromptCause(text: nil, ids: Self.ids, start: plan.start)
        _ = try engine.begin([.prompt(prompt)])
        let branches = try [0, 3].map {
          try engine.copy(
            Lineage(prompt), Self.cause(kind, $0, held: isHeld, last: ends ? 4 : nil)
          ).0
        }
        // Side by side with the run without noise, each is what it is alone.
        for _ in 0..<4 { _ = try engine.step(branches + [Lineage(prompt)]) }
        for (branch, copy) in zip(branches, copies) {
          for iteration in [4, 0, 1, 2, 3] {
            #expect(
              Array(try engine.state(branch, iteration).row(6)) == copy.path[iteration],
              "\(what), copy \(copy.number) at \(iteration)")
          }
          // Written on it says what the copy wrote; where each token is thought about, as long.
          var text = branch
          var (iteration, written) = (4, [Int]())
          while written.count < copy.written.count {
            guard
              case .token(let token, _) = try engine.next(
                after: text, at: iteration, choice: .said(Sampling()))
            else { break }
            text = text.appending(token, at: iteration)
            written.append(token.id)
            if thinksOnce {
              iteration = 0
            } else {
              for _ in 0..<4 { _ = try engine.step([text]) }
            }
          }
          #expect(written == copy.written, "\(what), copy \(copy.number)")
        }
        let plain = try engine.state(Lineage(prompt), 4)
        #expect(try engine.state(branches[0], 4) != plain, "\(what) changes something")
      }
    }
  }

  /// With noise in the last token alone, tokens before it are those of the run without.
  @Test(arguments: [
    ("", ["relative-noise", "noise-on-e", "dropout", "test-time-geom"]), ("ouro-tiny", ["noise"]),
  ])
  func aBranchDiffersFromAPositionOn(_ model: String, _ kinds: [String]) throws {
    let model = try EnsembleTests.model(model)
    for kind in kinds {
      var plan = try Self.plan(model, kind, held: false, iterations: 4)
      (plan.positions, plan.sharesPrompt) = (.last, false)
      #expect(plan.firstPosition(model.facts) == 6)
      let copies = try EnsembleRunner(model: model, plan: plan).run([0, 3])
      let engine = Engine(Self.workbench(model), candidates: 2, copies: CopyCause.hooks)
      let prompt = PromptCause(text: nil, ids: Self.ids, start: plan.start)
      _ = try engine.begin([.prompt(prompt)])
      let branches = try [0, 3].map {
        try engine.copy(
          Lineage(prompt), Self.cause(kind, $0, held: false, last: nil, firstPosition: 6)
        ).0
      }
      for _ in 0..<4 { _ = try engine.step(branches + [Lineage(prompt)]) }
      for (branch, copy) in zip(branches, copies) {
        for iteration in [4, 0, 1, 2, 3] {
          let (own, plain) = (
            try engine.state(branch, iteration), try engine.state(Lineage(prompt), iteration)
          )
          #expect(Array(own.row(6)) == copy.path[iteration], "\(kind) at \(iteration)")
          #expect(own.rows(0..<6) == plain.rows(0..<6), "\(kind) at \(iteration)")
          #expect((own.row(6) == plain.row(6)) == (iteration == 0), "\(kind) at \(iteration)")
        }
        // What is written is drawn.
        var (text, written) = (branch, [Int]())
        while written.count < copy.written.count,
          case .token(let token, _) = try engine.next(
            after: text, at: 4, choice: .said(Sampling()))
        {
          text = text.appending(token, at: 4)
          written.append(token.id)
          for _ in 0..<4 { _ = try engine.step([text]) }
        }
        #expect(written == copy.written, "\(kind)")
      }
      // Where the tokens before run once for all copies, each is the same but for rounding.
      plan.sharesPrompt = true
      let shared = try EnsembleRunner(model: model, plan: plan).run([0, 3])
      for (a, b) in zip(shared, copies) {
        #expect(a.written == b.written && a.path.count == b.path.count, "\(kind)")
        for (a, b) in zip(a.path, b.path) {
          #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 }, "\(kind)")
        }
      }
    }
  }

  /// Going on goes on drawing, and edits act on what was drawn.
  @Test func aBranchGoesOnAndIsEdited() throws {
    let model = try EnsembleTests.model("")
    let plan = try Self.plan(model, "relative-noise", held: false, iterations: 9)
    let copy = try EnsembleRunner(model: model, plan: plan).run([2])[0]
    let engine = Engine(Self.workbench(model), candidates: 2, copies: CopyCause.hooks)
    let prompt = PromptCause(text: nil, ids: Self.ids, start: plan.start)
    _ = try engine.begin([.prompt(prompt)])
    let branch = try engine.copy(
      Lineage(prompt), Self.cause("relative-noise", 2, held: false, last: nil)
    ).0
    for _ in 0..<9 { _ = try engine.step([branch]) }
    #expect(Array(try engine.state(branch, 9).row(6)) == copy.path[9])
    let nothing = try #require(EditCause(Edit(parsing: "6:3 += 0*6:3")))
    let something = try #require(EditCause(Edit(parsing: "6:3 := 0")))
    let same = try engine.edit(branch, nothing).0
    let other = try engine.edit(branch, something).0
    for _ in 0..<9 { _ = try engine.step([same, other]) }
    for iteration in 0...9 {
      let own = try engine.state(branch, iteration)
      #expect(try engine.state(same, iteration) == own)
      #expect((try engine.state(other, iteration) == own) == (iteration < 3))
    }
    // A copy of an edited run is drawn behind the edit.
    let edited = try engine.edit(Lineage(prompt), something).0
    let again = try engine.copy(
      edited, Self.cause("relative-noise", 2, held: false, last: nil)
    ).0
    for _ in 0..<4 { _ = try engine.step([again]) }
    #expect(try engine.state(again, 4) == engine.state(other, 4))
  }

  @Test func whatCannotBeMadeSaysWhy() throws {
    let model = try EnsembleTests.model("ouro-tiny")
    let prompt = PromptCause(text: nil, ids: Self.ids, start: model.facts.usualStart)
    let cause = Self.cause("noise-on-e", 0, held: false, last: nil)
    let deaf = Engine(Self.workbench(model), candidates: 1)
    _ = try deaf.begin([.prompt(prompt)])
    #expect(throws: NoCopies.self) { try deaf.copy(Lineage(prompt), cause) }
    let engine = Engine(Self.workbench(model), candidates: 1, copies: CopyCause.hooks)
    _ = try engine.begin([.prompt(prompt)])
    #expect(throws: PerturbationError.self) { try engine.copy(Lineage(prompt), cause) }
    #expect(throws: PerturbationError.self) {
      try engine.copy(Lineage(prompt), Self.cause("hail", 0, held: false, last: nil))
    }
    #expect(engine.lastIteration(of: Lineage(prompt).appending(cause)) == nil)
  }

  @Test func aCopyIsData() throws {
    let lineage = Lineage(PromptCause(text: "1+1?", ids: Self.ids, start: .seed(3)))
      .appending(Self.cause("dropout", 7, held: true, last: 6))
      .appending(TokenCause(id: 50, sampling: Sampling()), at: 4)
    let read = try JSONDecoder().decode(
      Lineage.self, from: try JSONEncoder().encode(lineage))
    #expect(read == lineage && lineage.passages.count == 2)
    #expect(lineage.passages[1].firstToken == Self.ids.count)
    #expect(
      "\(Self.cause("dropout", 7, held: true, last: 6))" == "copy 7, dropout 0.2 held, seed 5")
    let late = Self.cause("noise", 7, held: false, last: nil, firstPosition: 6)
    #expect("\(late)" == "copy 7, noise 0.2, from position 6 on, seed 5")
    let encoded = try JSONEncoder().encode(late)
    #expect(try JSONDecoder().decode(CopyCause.self, from: encoded) == late)
    // What was written before there were positions.
    let old = """
      {"perturbations": [{"name": "noise", "strength": 0.5, "isHeld": false}], "seed": 5, "number": 7}
      """
    #expect(
      try JSONDecoder().decode(CopyCause.self, from: Data(old.utf8))
        == CopyCause(perturbations: [.init("noise", strength: 0.5)], seed: 5, number: 7))
  }
}
