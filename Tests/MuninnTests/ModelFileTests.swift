import Foundation
import TestSupport
import Testing

@testable import muninn

/// Files that describe models, as the program meets them.
@Suite struct ModelFileTests {
  /// A copy of a model in which a file may be changed.
  private static func copy(of name: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for file in try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(name)) {
      try FileManager.default.copyItem(
        atPath: "\(Fixtures.path(name))/\(file)", toPath: folder.file(file))
    }
    return folder
  }

  /// A key that models of this kind do not read is said wherever numbers come out.
  @Test(arguments: [
    ["inspect"], ["trace", "--prompt-ids", "5,6", "-r", "1", "--jsonl", "-", "--model"],
    ["generate", "--prompt-ids", "5,6", "-r", "1", "-n", "1", "--model"],
    ["verify", "--brief", "--reference", Fixtures.path("retrofit-llama-tiny"), "--model"],
    ["bench", "--repeat", "1", "--tokens", "1", "--model"],
    ["eval", "--task", "copy", "--difficulty", "1", "-n", "1", "--r", "1", "--model"],
  ])
  func whatIsOverriddenIsSaidByEveryCommand(arguments: [String]) throws {
    let result = try Program.run(arguments + [Fixtures.path("retrofit-llama-tiny")])
    #expect(result.status == 0, "\(result.error)")
    let said = arguments == ["inspect"] ? result.out : result.error
    #expect(said.contains("rope_base is 500000.0"), "\(said)")
  }

  @Test func errorsNameTheFile() throws {
    let folder = try Self.copy(of: "ouro-tiny")
    let config = folder.file("config.json")
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try folder.write("config.json", text.replacing("1000000.0", with: "-Infinity"))
    let result = try Program.run(["inspect", folder.path])
    #expect(result.status == 1)
    #expect(result.error.contains("\(config): rope_theta is -Infinity"), "\(result.error)")
  }

  /// Runs a command that waits for its prompt, does something to the weights once they are in use,
  /// then gives the prompt.
  private func run(
    _ arguments: [String], _ folder: TemporaryFolder, meanwhile: (String) throws -> Void
  ) throws -> (status: Int32, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = arguments + ["--prompt-file", "-", "--model", folder.path]
    let (input, error) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = error
    try process.run()
    var said = Data()
    // The remark about rope_base comes once the file is mapped.
    while !said.contains(0x0A) {
      let more = error.fileHandleForReading.availableData
      if more.isEmpty { break }
      said += more
    }
    try meanwhile(folder.file("model.safetensors"))
    input.fileHandleForWriting.write(Data("hi".utf8))
    try input.fileHandleForWriting.close()
    said += try error.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  @Test(arguments: [
    ["trace", "--jsonl", "-", "-r", "3"], ["generate", "-n", "3", "-r", "3"],
  ])
  func weightsThatAreWrittenOverMeanwhileAreNoticed(arguments: [String]) throws {
    let folder = try Self.copy(of: "retrofit-llama-tiny")
    let weights = folder.file("model.safetensors")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: weights)
    let whole = try run(arguments, folder) { _ in }
    #expect(whole.status == 0, "\(whole.error)")
    let size = try Data(contentsOf: URL(fileURLWithPath: weights)).count
    let changed = try run(arguments, folder) { path in
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      try handle.seek(toOffset: UInt64(size - 4))
      try handle.write(contentsOf: Data([0, 0, 0, 0]))
      try handle.close()
    }
    #expect(changed.status == 1, "\(changed.error)")
    #expect(changed.error.contains("\(weights): The file was changed while it was in use"))
  }

  @Test func weightsThatAreCutShortMeanwhileAreNamed() throws {
    let folder = try Self.copy(of: "retrofit-llama-tiny")
    let result = try run(["generate", "-n", "3", "-r", "3"], folder) { path in
      #expect(truncate(path, 4096) == 0)
    }
    #expect(result.status == 1, "\(result.error)")
    let weights = folder.file("model.safetensors")
    #expect(result.error.contains("\(weights): The file was cut short"), "\(result.error)")
    #expect(!result.error.contains("Backtrace"))
  }

  @Test func statesOfOtherTypesAreReadOrNamed() throws {
    let folder = try TemporaryFolder()
    func file(_ tensors: [(name: String, type: String, bytes: Int)]) throws -> String {
      var end = 0
      let entries = tensors.map { tensor in
        defer { end += tensor.bytes }
        return #""\#(tensor.name)":{"dtype":"\#(tensor.type)","shape":[2,3],"data_offsets":"#
          + "[\(end),\(end + tensor.bytes)]}"
      }
      let header = "{\(entries.joined(separator: ","))}"
      return try folder.write("s.safetensors", header: header, data: end)
    }
    var said: [String] = []
    let double = try StateFile.read(try file([("s0", "F64", 48)])) { said.append($0) }
    #expect(double.rows == 2 && double.columns == 3 && said.count == 1)
    #expect(said[0].contains("s0") && said[0].contains("F64"))
    let beside = try file([("s0", "F32", 24), ("ids", "I64", 48)])
    #expect(try StateFile.read(beside) { _ in }.rows == 2)
    for (tensors, suffix, says) in [
      ([("s0", "I64", 48)], "", "s.safetensors is I64; an initial state is F32, BF16, F16 or F64"),
      ([("s0", "F8_E4M3FNUZ", 6)], ":s0", "is F8_E4M3FNUZ"),
      ([("a", "F64", 48), ("b", "F32", 24)], "", "2 tensors (a F64 [2, 3], b F32 [2, 3])"),
      ([("a", "F64", 48)], ":c", "has no tensor c. It holds 1 tensor (a F64 [2, 3])"),
      ([], "", "holds no tensor"),
    ] as [([(String, String, Int)], String, String)] {
      let path = try file(tensors) + suffix
      let error = #expect(throws: (any Error).self) { try StateFile.read(path) { _ in } }
      #expect(error.map { "\($0)".contains(says) } == true, "\(String(describing: error))")
    }
  }
}
