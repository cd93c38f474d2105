import Foundation
import TestSupport
import Testing

@testable import muninn

@Suite struct LineWriterTests {
  @Test func writesAFileFromItsStart() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("lines")
    try Data("something longer that was there before".utf8).write(to: URL(fileURLWithPath: path))
    var writer = try LineWriter(path: path)
    try writer.write("one")
    try writer.write("two")
    try writer.flush()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
  }

  /// A device or a pipe is written to; no file comes in its place.
  @Test func leavesAPipeAPipe() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open for reading first, so that opening for writing need not wait.
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    var writer = try LineWriter(path: pipe)
    try writer.write("through")
    try writer.flush()
    var bytes = [UInt8](repeating: 0, count: 32)
    #expect(read(reader, &bytes, 32) == 8)
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func saysWhyNot() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, folder.file("absent/file")] {
      do {
        var writer = try LineWriter(path: path)
        try writer.flush()
        Issue.record("\(path) was opened")
      } catch let error as OutputError {
        #expect(error.description.hasPrefix(path) && error.description.contains("("))
      }
    }
  }
}
