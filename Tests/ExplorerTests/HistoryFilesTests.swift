import Foundation
import TestSupport
import Testing

@testable import Explorer

/// What was typed survives the session, and nothing that lies in its place can hurt.
@Suite struct HistoryFilesTests {
  /// Expectations take nothing that changes.
  private final class Keeper {
    private var files: HistoryFiles
    init(_ environment: [String: String]) { files = HistoryFiles(environment: environment) }
    func read(_ kind: HistoryKind) -> (lines: [String], trouble: String?) { files.read(kind) }
    func add(_ line: String, to kind: HistoryKind) -> String? { files.add(line, to: kind) }
    func path(_ kind: HistoryKind) -> String? { files.path(kind) }
  }

  private func files(_ folder: TemporaryFolder) -> Keeper {
    Keeper(["XDG_STATE_HOME": folder.path, "HOME": "/nowhere"])
  }

  @Test func linesComeBackInTheNextSession() throws {
    let folder = try TemporaryFolder()
    let first = files(folder)
    #expect(first.read(.prompts).lines.isEmpty)
    let lines = ["3+4?", "two\nlines \\n of \\", "日本 'x'", "3+4?"]
    for line in lines { #expect(first.add(line, to: .prompts) == nil) }
    #expect(first.add("goto 3", to: .commands) == nil)
    // Another session, begun before, adds its own.
    let second = files(folder)
    #expect(second.read(.prompts).lines == [lines[1], lines[2], lines[0]])
    #expect(second.read(.commands).lines == ["goto 3"])
    #expect(first.add("later", to: .prompts) == nil)
    #expect(second.add("last", to: .prompts) == nil)
    #expect(files(folder).read(.prompts).lines.suffix(2) == ["later", "last"])
    let path = try #require(first.path(.prompts))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/muninn").count == 2)
  }

  @Test(
    arguments: [
      (["XDG_STATE_HOME": "/s"], "/s/muninn/prompts"),
      (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/muninn/prompts"),
      (["XDG_STATE_HOME": "", "HOME": "/h"], "/h/.local/state/muninn/prompts"), ([:], nil),
    ] as [([String: String], String?)])
  func theyLieWhereTheSpecificationSays(_ environment: [String: String], _ path: String?) {
    #expect(HistoryFiles(environment: environment).path(.prompts) == path)
  }

  @Test func withoutAPlaceItIsSaidOnce() {
    let nowhere = Keeper([:])
    #expect(nowhere.read(.prompts).trouble?.contains("HOME") == true)
    #expect(nowhere.read(.commands).trouble == nil && nowhere.add("x", to: .prompts) == nil)
    let closed = Keeper(["XDG_STATE_HOME": "/proc/version"])
    #expect(closed.add("x", to: .prompts)?.contains("this session only") == true)
    #expect(closed.add("y", to: .prompts) == nil && closed.add("z", to: .commands) == nil)
  }

  /// Files that are no history of ours are left as they are.
  @Test(arguments: ["bytes", "folder", "pipe", "large", "device"])
  func whatIsNoHistoryIsLeftAlone(_ kind: String) throws {
    let folder = try TemporaryFolder()
    let files = files(folder)
    let path = try #require(files.path(.prompts))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/muninn", withIntermediateDirectories: true)
    switch kind {
    case "bytes": try Data([0xFF, 0xFE, 0x0A]).write(to: URL(fileURLWithPath: path))
    case "folder":
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    case "pipe": #expect(mkfifo(path, 0o600) == 0)
    case "large": #expect(truncate(path, HistoryFiles.largestFile + 1, creating: true) == 0)
    default: #expect(symlink("/dev/zero", path) == 0)
    }
    let (lines, trouble) = files.read(.prompts)
    #expect(lines.isEmpty && trouble?.contains("left as it is") == true, "\(trouble ?? "-")")
    #expect(files.add("x", to: .prompts) == nil)
    if kind == "bytes" {
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([0xFF, 0xFE, 0x0A]))
    }
    #expect(files.add("x", to: .commands) == nil && files.read(.commands).lines == ["x"])
  }

  /// Entries that nobody could have typed here are passed over, and others stay.
  @Test func strangeEntriesAreNotTaken() throws {
    let folder = try TemporaryFolder()
    let files = files(folder)
    let path = try #require(files.path(.commands))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/muninn", withIntermediateDirectories: true)
    let long = String(repeating: "x", count: 3 * HistoryFiles.longestEntry)
    try "a\n\n\(long)\nb\u{0}c\n\u{1B}[2J\\q\\\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    #expect(files.read(.commands).lines == ["a", "\u{1B}[2J\\q\\"])
    #expect(files.add(long, to: .commands) == nil && files.read(.commands).lines.count == 2)
  }
}

private func truncate(_ path: String, _ size: Int, creating: Bool) -> Int32 {
  let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
  defer { close(descriptor) }
  return ftruncate(descriptor, off_t(size))
}
