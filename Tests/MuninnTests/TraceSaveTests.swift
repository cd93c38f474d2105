import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn trace --save` on long runs.
@Suite struct TraceSaveTests {
  /// A run that is stopped has written what it computed, whole.
  @Test func anInterruptedRunIsSavedAsFarAsItCame() throws {
    let folder = try TemporaryFolder()
    let saved = folder.file("states.safetensors")
    let (process, out, error) = try TrainProgram.process(
      [
        "trace", "--prompt", "1", "--steps", "200000", "--jsonl", "-", "--save", saved, "--logits",
        "--threads", "1",
      ], command: [])
    try process.run()
    // Records come once there are some of them.
    var text = out.fileHandleForReading.availableData
    kill(process.processIdentifier, SIGINT)
    text += try out.fileHandleForReading.readToEnd() ?? Data()
    let ended = try TrainProgram.finish(process, out, error)
    #expect(ended.status == 130)
    #expect(ended.error.contains("of 200000; so far it is written"), "\(ended.error)")
    let lines = text.split(separator: 0x0A)
    let last = try JSONValue(parsing: Array(try #require(lines.last)))
    let iterations = try #require(last["iteration"]?.integer)
    let file = try SafetensorsFile.open(saved)
    #expect(lines.count == 2 * (iterations + 1) && iterations > 10)
    #expect(file.tensors["states"]?.shape == [iterations + 1, 2, 128])
    #expect(file.tensors["logits"]?.shape == [iterations, 2, 256])
    #expect(try file.integers("ids") == [10, 49])
    // What was read out then is what is read out of the states now.
    let states = try #require(file.tensors["states"]).floats()
    let norm = states.suffix(128).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(norm - (last["norm"]?.number ?? 0)) < 1e-3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }
}
