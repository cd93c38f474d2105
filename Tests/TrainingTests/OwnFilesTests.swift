import Checkpoints
import Foundation
import Tasks
import Tensors
import TestSupport
import Testing

@testable import Training

/// What a run wrote itself is read as if a stranger had written it.
@Suite struct OwnFilesTests {
  private func recipe() -> TrainingRecipe {
    var stage = TrainingStage(name: "one", steps: 20, mix: ["parity": 1, "copy": 1])
    stage.rows = 2
    stage.length = 16
    stage.curriculum.every = 4
    stage.curriculum.problems = 2
    return TrainingRecipe(name: "toy", stages: [stage])
  }

  private func run(
    _ path: String, resumes: Bool, stopAt: Int? = nil, memory: Int? = nil
  ) throws -> TrainingRun {
    var options = TrainingRun.Options()
    options.recordEvery = 3
    options.measureEvery = 2
    options.problems = 2
    options.stopAtStep = stopAt
    options.memory = memory
    return try TrainingRun(
      recipe: recipe(), text: nil, directory: path, resumes: resumes, options: options,
      team: .single, makeEngine: { _ in ToyEngine() })
  }

  /// A run of ten steps.
  private func begun(_ folder: TemporaryFolder) throws -> (path: String, state: String) {
    let path = folder.file("run")
    _ = try run(path, resumes: false, stopAt: 10).run()
    return (path, "\(path)/checkpoint/state.safetensors")
  }

  /// Writes a state anew with other metadata and tensors.
  private func rewrite(
    _ path: String, asFirstFormat: Bool = true,
    metadata edit: (inout [String: String]) -> Void = { _ in },
    tensors change: (inout [String: [Float]]) -> Void = { _ in }
  ) throws {
    let file = try SafetensorsFile.open(path)
    var metadata = file.metadata
    if asFirstFormat {
      metadata["format"] = TrainingCheckpoint.firstFormat
      metadata["checksum"] = nil
      metadata["progress"] = metadata["progress"]?.replacing(
        /"history_checksum":"[0-9a-f]*",/, with: "")
    }
    edit(&metadata)
    var values: [String: [Float]] = [:]
    for (name, tensor) in file.tensors { values[name] = tensor.floats() }
    change(&values)
    let writer = try SafetensorsWriter(
      path: path, entries: values.keys.sorted().map { .init($0, shape: [values[$0]!.count]) },
      metadata: metadata)
    for name in values.keys.sorted() { try writer.append(values[name]!) }
    try writer.finish()
  }

  private func refusal(_ path: String) -> String {
    do {
      _ = try run(path, resumes: true)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  /// Also a state without a checksum, as it was written before there were any.
  @Test func theFirstFormatIsRead() throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    let before = try TrainingCheckpoint.read(state, parameters: ToyEngine().layout.count)
    try rewrite(state)
    let after = try TrainingCheckpoint.read(state, parameters: ToyEngine().layout.count)
    #expect(before.state == after.state && after.history.fingerprint == nil)
    #expect(try run(path, resumes: true).run() == .finished)
  }

  @Test(arguments: [
    (#""step":10"#, #""step":21"#, "progress.step"),
    (#""step":10"#, #""step":-1"#, "progress.step"),
    (#""step":10"#, #""step":10,"step":10"#, "progress.step"),
    (#""optimizer_steps":10"#, #""optimizer_steps":11"#, "progress.optimizer_steps"),
    (#""optimizer_steps":10"#, #""optimizer_steps":1000000000000"#, "progress.optimizer_steps"),
    (#""tokens":320"#, #""tokens":9223372036854775807"#, "progress.tokens"),
    (#""tokens":320"#, #""tokens":321"#, "progress.tokens"),
    (#""seconds":"#, #""seconds":-"#, "progress.seconds"),
    (#""seconds":"#, #""seconds":1e300,"s":"#, "progress.seconds"),
    (#""parity":1"#, #""parity":9223372036854775807"#, "progress.limits.parity"),
    (#""parity":1"#, #""parity":4"#, "progress.limits.parity"),
    (#""parity":1"#, #""parity":0"#, "progress.limits.parity"),
    (#""parity":1"#, #""parity":1,"parity":1"#, "progress.limits.parity"),
    (#""parity":1"#, #""parity":1,"swap":1"#, "progress.limits.swap"),
    (#","parity":1"#, "", "progress.limits.parity"),
    (#""iterations":"#, #""iterations":-"#, "progress.window.iterations"),
    (#""iterations":"#, #""iterations":1000"#, "progress.window.iterations"),
    (#""loss":"#, #""loss":null,"l":"#, "progress.window.loss"),
    (#""norm":"#, #""norm":-"#, "progress.window.norm"),
    (#""steps":1}"#, #""steps":1e12}"#, "progress.window.steps"),
    (#""history_bytes":"#, #""history_bytes":-"#, "progress.history_bytes"),
    (#""history_bytes":"#, #""history_bytes":9"#, "history.jsonl"),
  ]) func aChangedNumberIsRefusedByItsKey(old: String, new: String, key: String) throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    try rewrite(state) { metadata in
      #expect(metadata["progress"]?.contains(old) == true, "\(metadata["progress"] ?? "")")
      metadata["progress"] = metadata["progress"]?.replacing(old, with: new)
    }
    let refusal = refusal(path)
    #expect(refusal.contains(key), "\(refusal)")
  }

  @Test func tensorsAreLookedAt() throws {
    let changes: [(word: String, change: (inout [String: [Float]]) -> Void)] = [
      ("tensor average holds nan at 7", { $0["average"]![7] = .nan }),
      ("tensor weights holds inf at 0", { $0["weights"]![0] = .infinity }),
      ("tensor second_moment holds -1.0 at 4", { $0["second_moment"]![4] = -1 }),
      ("tensor momentum is F32 of shape [3]", { $0["momentum"] = [1, 2, 3] }),
      ("no tensor momentum", { $0["momentum"] = nil }),
      ("a tensor more too many", { $0["more"] = [1] }),
    ]
    for item in changes {
      let folder = try TemporaryFolder()
      let (path, state) = try begun(folder)
      try rewrite(state, tensors: item.change)
      let refusal = refusal(path)
      #expect(refusal.contains(item.word), "\(refusal)")
    }
  }

  /// Whatever byte is changed, the state is refused or is the same.
  @Test func noChangedByteGoesUnseen() throws {
    let folder = try TemporaryFolder()
    let (_, state) = try begun(folder)
    let count = ToyEngine().layout.count
    let whole = try TrainingCheckpoint.read(state, parameters: count)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: state)))
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var random = TaskRandom(seed: 4)
    var refused = 0
    let attempts = Effort.times(300)
    for attempt in 0..<attempts {
      var changed = bytes
      let place =
        attempt % 2 == 0 ? random.below(header) : header + random.below(bytes.count - header)
      changed[place] ^= UInt8(1 << random.below(8))
      let path = try folder.write("changed.safetensors", changed)
      do {
        let read = try TrainingCheckpoint.read(path, parameters: count)
        #expect(read.state == whole.state && read.history == whole.history, "byte \(place)")
      } catch {
        refused += 1
      }
    }
    #expect(refused > attempts * 14 / 15)
  }

  /// Without a checksum: what is read is what a run can come to, and can be gone on with.
  @Test func damagedProgressIsReadOrRefused() throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    try rewrite(state)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: state)))
    var dice = Dice(seed: 12)
    var refused = 0
    let attempts = Effort.times(40)
    for _ in 0..<attempts {
      try Data(whole).write(to: URL(fileURLWithPath: state))
      try rewrite(state) { metadata in
        let key = dice.once(in: 4) ? "recipe" : "progress"
        guard let old = metadata[key], let document = try? JSONValue(parsing: old) else { return }
        metadata[key] = dice.damage(document).serialized()
      }
      let refusal = refusal(path)
      #expect(isPrintable(refusal))
      if refusal != "accepted" { refused += 1 }
    }
    #expect(refused > attempts / 2 && refused <= attempts)
  }

  @Test func damagedHistoriesAreReadOrRefused() throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    try rewrite(state)
    let checkpoint = try TrainingCheckpoint.read(state, parameters: ToyEngine().layout.count)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/history.jsonl")))
    var dice = Dice(seed: 13)
    var refused = 0
    let attempts = Effort.times(200)
    for _ in 0..<attempts {
      // As long as before: the checkpoint counts the bytes.
      let changed = dice.damage(bytes) + [UInt8](repeating: 0x20, count: 64)
      let file = try folder.write("history.jsonl", Array(changed.prefix(bytes.count)))
      do {
        let history = try TrainingHistory(file, of: checkpoint)
        #expect(history.records.allSatisfy { $0.step <= checkpoint.state.step })
      } catch {
        #expect(error is TrainingError && isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(refused > attempts / 4)
  }

  @Test func noChangedByteOfTheHistoryGoesUnseen() throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    let checkpoint = try TrainingCheckpoint.read(state, parameters: ToyEngine().layout.count)
    let file = "\(path)/history.jsonl"
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(bytes.count == checkpoint.history.bytes && bytes.count > 300)
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      let other = try folder.write("history.jsonl", changed)
      #expect(throws: TrainingError.self, "byte \(place)") {
        try TrainingHistory(other, of: checkpoint)
      }
    }
    let cut = try folder.write("history.jsonl", Array(bytes.dropLast(20)))
    #expect(throws: TrainingError.self) { try TrainingHistory(cut, of: checkpoint) }
  }

  /// Without a checksum a line must still say what a run can come to.
  @Test(arguments: [
    (#""step":6"#, #""step":3"#, "line 2: step"), (#""step":6"#, #""step":11"#, "line 2: step"),
    (#""tokens":96"#, #""tokens":95"#, "line 1: tokens"),
    (#""loss":"#, #""loss":nul"#, "line 1: not valid JSON"),
    (#""problems":2"#, #""problems":-2"#, "line 2: accuracy.problems"),
    (#""r":[1,"#, #""r":[7,"#, "line 2: accuracy.r"),
    (#""parity":1"#, #""parity":1000"#, "line 1: limits.parity"),
    (#""tasks":{"#, #""tasks":{"swap":[1,1,1,1],"#, "line 2: accuracy.tasks.swap"),
  ]) func aDamagedLineIsRefusedByItsNumber(old: String, new: String, words: String) throws {
    let folder = try TemporaryFolder()
    let (path, state) = try begun(folder)
    try rewrite(state)
    let file = "\(path)/history.jsonl"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains(old), "\(text)")
    let range = try #require(text.range(of: old))
    var changed = text.replacingCharacters(in: range, with: new)
    // As long as before, so that the same lines are read.
    let surplus = changed.utf8.count - text.utf8.count
    if surplus > 0 { try rewrite(state) { lengthen(&$0, by: surplus) } }
    if surplus < 0 { changed += String(repeating: " ", count: -surplus) }
    try changed.write(toFile: file, atomically: true, encoding: .utf8)
    let refusal = refusal(path)
    #expect(refusal.contains(words), "\(refusal)")
  }

  private func lengthen(_ metadata: inout [String: String], by count: Int) {
    guard let text = metadata["progress"],
      let match = text.firstMatch(of: /"history_bytes":([0-9]+)/), let bytes = Int(match.1)
    else { return }
    metadata["progress"] = text.replacing(match.0, with: "\"history_bytes\":\(bytes + count)")
  }

  /// Whoever takes the history away can do without it.
  @Test func aMissingHistoryIsBegunAnew() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try begun(folder)
    try FileManager.default.removeItem(atPath: "\(path)/history.jsonl")
    do {
      let resumed = try run(path, resumes: true)
      #expect(resumed.past.isEmpty)
      #expect(try resumed.run() == .finished)
    }
    #expect(try run(path, resumes: true).past.map(\.step) == [12, 15, 18, 20])
  }

  @Test func theRecipeOfTheFolderMustBeTheCheckpoints() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try begun(folder)
    let file = "\(path)/recipe.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(try TrainingRun.recipe(in: path) == recipe())
    for (old, new, word) in [
      (#""rows":2"#, #""rows":3"#, "stages[0].rows"), (#""rows":2"#, #""rows":-2"#, "rows"),
      (#""seed":1"#, #""seed":1,"seed":1"#, "seed is given twice"),
    ] {
      try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
      do {
        _ = try TrainingRun.recipe(in: path)
        Issue.record("\(new) was taken")
      } catch {
        #expect("\(error)".contains(word), "\(error)")
      }
    }
    // Lost, it is written anew.
    try FileManager.default.removeItem(atPath: file)
    #expect(try TrainingRun.recipe(in: path) == recipe())
    _ = try run(path, resumes: true)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
  }

  @Test func ownHalfWrittenFilesAreKnown() {
    let own = [
      "state.safetensors.81-4026531840.partial", "recipe.json.7-1.partial",
      ".dat.nosync3FFA.U33ppU",
    ]
    let others = ["letter.partial", "a.b-c.partial", "movie.mkv.1-.partial", "7-1.partial", "dat"]
    for name in own { #expect(TrainingDirectory.isTemporary(name), "\(name)") }
    for name in others { #expect(!TrainingDirectory.isTemporary(name), "\(name)") }
  }

  /// The bytes a run takes already are room for going on with it.
  @Test func ownFilesAreRoom() {
    func needed(_ oldCheckpoint: Int, _ oldModel: Int) -> Int {
      TrainingDirectory.roomNeeded(
        checkpoint: 16_000_000, model: 4_000_000, oldCheckpoint: oldCheckpoint,
        oldModel: oldModel) - 1 << 18
    }
    #expect(needed(0, 0) == 32_000_000)
    #expect(needed(16_000_000, 4_000_000) == 16_000_000)
    #expect(needed(16_000_000, 0) == 16_000_000)
  }

  @Test func aRunThatDoesNotFitMemoryIsNotBegun() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    #expect(throws: TrainingError.self) { try run(path, resumes: false, memory: 1_000_000) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
