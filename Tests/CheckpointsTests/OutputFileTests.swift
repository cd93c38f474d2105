import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct OutputFileTests {
  private func contents(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  private func names(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// With and without a name while it is written.
  @Test(arguments: [true, false])
  func replacesTheOldFileOnlyWhenItIsComplete(isNameless: Bool) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("lines", "something longer that was there before")
    chmod(path, 0o640)
    do {
      let dropped = try OutputFile(path, isNameless: isNameless)
      try dropped.write(line: String(repeating: "x", count: 100_000))
      #expect(try contents(path).hasPrefix("something"))
    }
    #expect(try names(folder) == ["lines"])
    let file = try OutputFile(path, isNameless: isNameless)
    try file.write(line: "one")
    try file.write([UInt8]("two\n".utf8))
    #expect(try contents(path).hasPrefix("something"))
    try file.finish()
    #expect(try contents(path) == "one\ntwo\n")
    #expect(try names(folder) == ["lines"])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640)
  }

  @Test func makesANewFile() throws {
    let folder = try TemporaryFolder()
    try OutputFile.write([1, 2, 3], to: folder.file("new"), isDurable: true)
    let empty = try OutputFile(folder.file("empty"))
    try empty.finish()
    #expect(try names(folder) == ["empty", "new"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("new"))) == Data([1, 2, 3]))
  }

  @Test func writesMoreThanItsBufferInOrder() throws {
    let folder = try TemporaryFolder()
    let file = try OutputFile(folder.file("numbers"))
    var expected: [UInt8] = []
    for count in [1, 70_000, 3, 65_535, 65_536, 2] {
      let part = [UInt8](repeating: UInt8(count % 251), count: count)
      try file.write(part)
      expected += part
    }
    try file.finish()
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("numbers"))) == Data(expected))
  }

  /// Links lead to their file, those that dangle too; the link stays.
  @Test func followsLinks() throws {
    let folder = try TemporaryFolder()
    try folder.write("inner/old", "before")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.file("a"), withDestinationPath: "b")
    try files.createSymbolicLink(atPath: folder.file("b"), withDestinationPath: "inner/old")
    try files.createSymbolicLink(atPath: folder.file("c"), withDestinationPath: "inner/new")
    try OutputFile.write([0x41], to: folder.file("a"))
    try OutputFile.write([0x42], to: folder.file("c"))
    #expect(try contents(folder.file("inner/old")) == "A")
    #expect(try contents(folder.file("inner/new")) == "B")
    #expect(try files.destinationOfSymbolicLink(atPath: folder.file("a")) == "b")
    try files.createSymbolicLink(atPath: folder.file("d"), withDestinationPath: "d")
    #expect(throws: OutputError.self) { try OutputFile(folder.file("d")) }
  }

  /// A device or a pipe is written to; no file comes in its place.
  @Test func leavesAPipeAPipe() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open for reading first, so that opening for writing need not wait.
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try OutputFile(pipe)
    try file.write(line: "through")
    try file.finish()
    var bytes = [UInt8](repeating: 0, count: 32)
    #expect(read(reader, &bytes, 32) == 8)
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  /// `/dev/fd/N` is the descriptor itself, with its place in the file.
  @Test func writesToAnOpenDescriptor() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("log", "begun\n")
    let descriptor = open(path, O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    try OutputFile.write(Array("more\n".utf8), to: "/dev/fd/\(descriptor)")
    #expect(try contents(path) == "begun\nmore\n")
  }

  @Test func saysWhyNot() throws {
    let folder = try TemporaryFolder()
    // Past every limit: tests beside this one may have any smaller number open.
    let closed = Int32.max
    for (path, reason) in [
      (folder.path, "is a folder"), (folder.file("absent/file"), "(No such file or directory)"),
      (folder.file("new/"), "(No such file or directory)"),
      (folder.file(String(repeating: "n", count: 300)), "(File name too long)"),
      ("/dev/fd/\(closed)", "(Bad file descriptor)"),
    ] {
      let error = #expect(throws: OutputError.self) { try OutputFile(path) }
      #expect(error?.description.hasPrefix(path) == true)
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
    #expect(throws: OutputError.self) { try OutputFile("") }
  }

  @Test func makesFoldersOrSaysWhyNot() throws {
    let folder = try TemporaryFolder()
    for path in [folder.file("a/b/c"), folder.file("a/b/c/"), folder.path, "/", "."] {
      try OutputFolder.make(path)
    }
    try OutputFile.write([1], to: folder.file("a/b/c/d"))
    for (path, reason) in [
      (folder.file("a/b/c/d"), "File exists"), (folder.file("a/b/c/d/e"), "Not a directory"),
    ] {
      let error = #expect(throws: OutputError.self) { try OutputFolder.make(path) }
      #expect(error?.description == "\(path) cannot be made (\(reason)).")
    }
    #expect(throws: OutputError.self) { try OutputFolder.make("") }
  }

  @Test func seesAFullDisk() throws {
    let file = try OutputFile("/dev/full")
    try file.write(line: "nowhere")
    let error = #expect(throws: OutputError.self) { try file.finish() }
    #expect(
      error?.description == "/dev/full cannot be written (No space left on device).")
  }

  @Test func removesWhatKilledWritersLeftAndNothingElse() throws {
    let folder = try TemporaryFolder()
    try folder.write(".muninn-123-456.partial", "left")
    try folder.write(".muninn-x.partial", "not ours")
    try folder.write("film.mkv.partial", "not ours")
    let living = try OutputFile(folder.file("a"), isNameless: false)
    try OutputFile.write([1], to: folder.file("b"))
    try living.finish()
    #expect(try names(folder) == [".muninn-x.partial", "a", "b", "film.mkv.partial"])
    #expect(TemporaryOutput.isOwn("model.safetensors.12-99.partial"))
    #expect(!TemporaryOutput.isOwn("film.partial"))
  }

  @Test func noTwoOptionsNameOneFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a", "old")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: "a")
    var outputs = OutputSet()
    _ = try outputs.open(path, option: "--jsonl")
    _ = try outputs.open("/dev/null", option: "--svg")
    _ = try outputs.open("/dev/null", option: "--save")
    #expect(try outputs.open(nil, option: "--other") == nil)
    for same in [path, folder.path + "/./a", folder.file("link"), "/.." + path] {
      let error = #expect(throws: OutputError.self) {
        try outputs.open(same, option: "--resume")
      }
      #expect(error?.description.contains("--jsonl") == true)
    }
    let empty = #expect(throws: OutputError.self) { try outputs.open("", option: "--resume") }
    #expect(empty?.description.hasPrefix("--resume takes a path") == true)
    #expect(try contents(path) == "old")
  }

  @Test func oneFailureDoesNotTakeTheOthersAlong() throws {
    var done: [Int] = []
    let error = #expect(throws: OutputError.self) {
      try OutputSet.each(
        { done.append(1) }, { throw OutputError(path: "a", problem: "is full") },
        { done.append(3) }, { throw OutputError(path: "b", problem: "is full") })
    }
    #expect(done == [1, 3] && error?.path == "a")
  }
}
