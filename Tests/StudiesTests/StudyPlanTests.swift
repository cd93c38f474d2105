import Checkpoints
import Evaluation
import Foundation
import TestSupport
import Testing
import Training

@testable import Studies

/// Plans as files have them.
@Suite struct StudyPlanTests {
  private func read(_ text: String) throws -> StudyPlan {
    try StudyPlan(JSONValue(parsing: text), folder: "plans")
  }

  private let small = """
    {"name": "x", "seeds": [1], "copies": [1, 2], "judges": [{"name": "a", "epochs": 2}],
     "settings": [{"name": "s", "model": "../m", "task": "arith", "levels": [3], "steps": 2,
       "questions": 4, "samplers": [{"name": "noise", "kind": "relative-noise", "strengths": [0.5],
         "learning": {"strength": 0.5, "questions": 6}}]}]}
    """

  @Test func theCommittedPlanIsOne() throws {
    let path = Fixtures.repository.appendingPathComponent(
      "Assets/studies/parallel-scaling/plan.json"
    ).path
    let plan = try StudyPlan(readingFile: path)
    #expect(plan.counts == [1, 4, 8, 16, 32, 64] && plan.seeds.count == 3)
    #expect(
      plan.settings.prefix(3).allSatisfy { setting in
        setting.samplers.count == 2 && setting.samplers.allSatisfy { $0.strengths.count == 3 }
      })
    // Judges learn at a strength that is measured.
    for sampler in plan.settings.flatMap(\.samplers) {
      #expect(sampler.learning.map { sampler.strengths.contains($0.strength) } ?? true)
    }
    let models = plan.settings.compactMap(\.model)
    #expect(!models.isEmpty && models.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    let quick = plan.quickened
    #expect(quick.seeds == [1] && quick.settings.allSatisfy { $0.questions == 16 })
    #expect(quick.judges.allSatisfy { $0.epochs <= 3 })
    #expect(quick.settings.allSatisfy { ($0.judges ?? []).allSatisfy { $0.epochs <= 3 } })
  }

  @Test func whatIsLeftOutIsUsual() throws {
    let plan = try read(small)
    let setting = try #require(plan.settings.first)
    #expect(setting.model == "plans/../m" && setting.positions == .all && setting.beams == nil)
    #expect(setting.samplers.first?.learning?.rollouts == 8)
    #expect(plan.judges.first?.backbone == .usual && plan.quick == nil)
    #expect(plan.cells(of: setting).map(\.name) == ["s.noise-0.5.1"])
    #expect(plan.blends(of: setting).map(\.name).first == "vote and a")
  }

  /// No problem that judges learn from is measured on.
  @Test func problemsToLearnFromAreOthers() throws {
    var plan = try read(small)
    plan.settings[0].levels = [1]
    plan.settings[0].questions = 40
    let measured = Set(plan.problems(of: plan.settings[0]).problems.map(\.prompt))
    let learned = plan.problems(
      of: plan.settings[0],
      learning: StudyLearning(strength: 1, questions: 200, rollouts: 2, completions: 1))
    #expect(!learned.problems.isEmpty && learned.problems.count < 200)
    #expect(learned.problems.allSatisfy { !measured.contains($0.prompt) })
  }

  @Test(
    arguments: [
      ("\"copies\": [1, 2]", "\"copies\": [2, 3]", "copies have to ascend"),
      ("\"seeds\": [1]", "\"seeds\": [1, 1]", "seeds are none, or one is given twice"),
      ("\"task\": \"arith\"", "\"task\": \"alchemy\"", "settings[0].task is \"alchemy\""),
      ("\"levels\": [3]", "\"levels\": []", "settings[0].levels are none"),
      ("\"epochs\": 2", "\"epochs\": 2, \"los\": \"bce\"", "judges[0].los is not known"),
      ("\"name\": \"s\"", "\"name\": \"../s\"", "settings[0].name is no name of small letters"),
      ("relative-noise", "jitter", "settings[0].samplers[0].kind is \"jitter\""),
      ("\"questions\": 6", "\"questions\": 0", "settings[0].samplers[0].learning.questions is 0"),
    ])
  func whatIsWrongIsSaidWithItsAddress(_ old: String, _ new: String, _ words: String) throws {
    let error = try #require(throws: RecipeError.self) {
      try read(small.replacingOccurrences(of: old, with: new))
    }
    #expect(error.description.contains(words), "\(error)")
  }
}
