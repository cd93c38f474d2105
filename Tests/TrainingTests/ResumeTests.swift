import Checkpoints
import Foundation
import Tasks
import Tensors
import TestSupport
import Testing

@testable import Training

/// A run that is cut and resumed gives the bytes of one that was not.
@Suite struct ResumeTests {
  private func recipe(seed: UInt64 = 3) -> TrainingRecipe {
    var first = TrainingStage(name: "first", steps: 9, mix: ["parity": 1, "text": 0.5])
    first.rows = 3
    first.length = 16
    first.curriculum.every = 4
    first.curriculum.problems = 4
    first.curriculum.threshold = 0
    var second = first
    second.name = "second"
    second.steps = 8
    second.mix = ["parity": 1, "copy": 1, "unknown": 1]
    return TrainingRecipe(name: "toy", seed: seed, textFile: "a", stages: [first, second])
  }

  private let text = Array("the quick brown fox jumps over the lazy dog ".utf8)

  private func run(
    _ path: String, resumes: Bool, recipe: TrainingRecipe? = nil, stopAt: Int? = nil,
    threads: Int = 1
  ) throws -> TrainingRun {
    var options = TrainingRun.Options()
    options.recordEvery = 3
    options.measureEvery = 2
    options.problems = 2
    options.saveEvery = 5
    options.stopAtStep = stopAt
    return try TrainingRun(
      recipe: recipe ?? self.recipe(), text: text, directory: path, resumes: resumes,
      options: options, team: ThreadTeam(count: threads), makeEngine: { _ in ToyEngine() })
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// The history without the times, which differ.
  private func history(_ path: String) throws -> [String] {
    try String(contentsOfFile: "\(path)/history.jsonl", encoding: .utf8).split(separator: "\n")
      .map { line in
        let members = try JSONValue(parsing: String(line)).members ?? []
        return JSONValue.object(members.filter { $0.name != "seconds" }).serialized()
      }
  }

  @Test func aRunCutAnywhereGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let whole = folder.file("whole")
    #expect(try run(whole, resumes: false, threads: 2).run() == .finished)
    let expected = try bytes("\(whole)/model.safetensors")
    var random = TaskRandom(seed: 1)
    for attempt in 0..<3 {
      let path = folder.file("cut-\(attempt)")
      var step = 0
      while step < 17 {
        let next = min(17, step + 1 + random.below(7))
        let part = try run(path, resumes: step > 0, stopAt: next)
        let ending = try part.run()
        #expect(ending == (next == 17 ? .finished : .paused))
        step = next
      }
      #expect(try bytes("\(path)/model.safetensors") == expected)
      #expect(try history(path) == history(whole))
    }
  }

  @Test func aResumedRunKnowsItsPast() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    var seen: [ProgressRecord] = []
    _ = try run(path, resumes: false, stopAt: 12).run(onEvent: { event in
      if case .record(let record) = event { seen.append(record) }
    })
    let past = try run(path, resumes: true).past
    #expect(past.map(\.step) == [3, 6, 9, 12])
    #expect(past.map(\.accuracy) == seen.map(\.accuracy))
    #expect(past.map(\.limits) == seen.map(\.limits) && past.map(\.loss) == seen.map(\.loss))
    #expect(past.contains { $0.accuracy != nil })
    // Nothing was measured since; the card still says what was.
    _ = try run(path, resumes: true, stopAt: 13).run()
    let card = try String(contentsOfFile: "\(path)/README.md", encoding: .utf8)
    #expect(card.contains("| parity |"))
  }

  /// As after a kill: steps and history past the last checkpoint are lost, not counted twice.
  @Test func whatCameAfterTheCheckpointIsDoneAgain() throws {
    struct Killed: Error {}
    let folder = try TemporaryFolder()
    let (whole, path) = (folder.file("whole"), folder.file("killed"))
    _ = try run(whole, resumes: false).run()
    for (index, moment) in [2, 7, 13].enumerated() {
      #expect(throws: Killed.self) {
        _ = try run(path, resumes: index > 0).run(onEvent: { event in
          if case .step(let report, _) = event, report.step == moment { throw Killed() }
        })
      }
    }
    #expect(try history(path).count > 0)
    #expect(try run(path, resumes: true).run() == .finished)
    #expect(
      try bytes("\(path)/model.safetensors") == bytes("\(whole)/model.safetensors"))
    #expect(try history(path) == history(whole))
  }

  @Test func anotherSeedGivesOtherBytes() throws {
    let folder = try TemporaryFolder()
    let (one, other) = (folder.file("one"), folder.file("other"))
    _ = try run(one, resumes: false).run()
    _ = try run(other, resumes: false, recipe: recipe(seed: 4)).run()
    #expect(try bytes("\(one)/model.safetensors") != bytes("\(other)/model.safetensors"))
  }

  @Test func aFolderOfSomethingElseIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    #expect(throws: TrainingError.nothingToResume(directory: path)) {
      try run(path, resumes: true)
    }
    _ = try run(path, resumes: false, stopAt: 2).run()
    #expect(throws: TrainingError.runExists(directory: path)) { try run(path, resumes: false) }
    #expect(
      throws: TrainingError.otherRecipe(directory: path, difference: "seed: 4, there 3")
    ) {
      try run(path, resumes: true, recipe: recipe(seed: 4))
    }
    try folder.write("full/letter.txt", "dear")
    #expect(throws: TrainingError.notEmpty(directory: folder.file("full"))) {
      try run(folder.file("full"), resumes: false)
    }
    let held = try run(path, resumes: true)
    #expect(throws: TrainingError.self) { try run(path, resumes: true) }
    withExtendedLifetime(held) {}
  }

  @Test func aDamagedCheckpointIsSaid() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    _ = try run(path, resumes: false, stopAt: 2).run()
    let state = "\(path)/checkpoint/state.safetensors"
    let sound = try bytes(state)
    try sound.prefix(sound.count - 100).write(to: URL(fileURLWithPath: state))
    #expect(throws: CheckpointError.self) { try run(path, resumes: true) }
    let writer = try SafetensorsWriter(path: state, entries: [.init("weights", shape: [0])])
    try writer.finish()
    #expect(throws: TrainingError.self) { try run(path, resumes: true) }
  }
}
