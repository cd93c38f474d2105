import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct MemoryBudgetTests {
  private func write(_ files: [String: String], in folder: TemporaryFolder) throws {
    for (name, text) in files {
      let url = URL(fileURLWithPath: folder.file(name))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
  }

  private func room(_ folder: TemporaryFolder) -> Int? {
    MemoryBudget.controlGroupRoom(membership: folder.file("self"), root: folder.file("mount"))
  }

  @Test func theTightestGroupCounts() throws {
    let folder = try TemporaryFolder()
    try write(
      [
        "self": "0::/job/step\n",
        "mount/job/memory.max": "9000\n", "mount/job/memory.current": "7000\n",
        "mount/job/memory.stat": "anon 6500\nfile 400\n",
        "mount/job/step/memory.max": "max\n", "mount/job/step/memory.current": "10\n",
      ], in: folder)
    #expect(room(folder) == 9000 - 7000 + 400)
    try write(["mount/job/step/memory.max": "1000"], in: folder)
    #expect(room(folder) == 990)
  }

  @Test func theFirstVersionIsRead() throws {
    let folder = try TemporaryFolder()
    try write(
      [
        "self": "8:pids:/x\n4:cpu,memory:/job\n0::/\n",
        "mount/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "mount/memory/memory.usage_in_bytes": "5\n",
        "mount/memory/job/memory.limit_in_bytes": "5000\n",
        "mount/memory/job/memory.usage_in_bytes": "4000\n",
        "mount/memory/job/memory.stat":
          "cache 9\nactive_file 1\ntotal_inactive_file 300\ntotal_active_file 20\n",
      ], in: folder)
    #expect(room(folder) == 1320)
  }

  /// In a container the path is the host's; the mount shows the container's own group.
  @Test func aPathThatIsNotThereMeansTheMount() throws {
    let folder = try TemporaryFolder()
    try write(
      [
        "self": "0::/host/container\n", "mount/memory.max": "800\n",
        "mount/memory.current": "900\n",
      ], in: folder)
    #expect(room(folder) == 0)
  }

  @Test func withoutLimitsNothingIsSaid() throws {
    let folder = try TemporaryFolder()
    #expect(room(folder) == nil)
    try write(["self": "garbage\n1:2\n0::/a\n", "mount/a/memory.max": "max\n"], in: folder)
    #expect(room(folder) == nil)
  }
}
