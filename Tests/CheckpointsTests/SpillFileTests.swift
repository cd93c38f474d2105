import Checkpoints
import Foundation
import TestSupport
import Testing

/// Numbers that wait on the disk.
@Suite struct SpillFileTests {
  @Test func whatGoesInComesOutInOrder() throws {
    let folder = try TemporaryFolder()
    let spill = try SpillFile(for: folder.file("states.safetensors"))
    let values = (0..<70_000).map { Float($0) * 0.5 }
    try spill.append(Array(values[..<10]))
    try spill.append(Array(values[10...]))
    #expect(spill.count == values.count)
    var found = try spill.take(33)
    try spill.append([-1])
    found += try spill.take(values.count - 33)
    #expect(found == values)
    #expect(try spill.take(1) == [-1] && spill.count == 0)
    #expect(try spill.take(0) == [])
  }

  /// Nothing is seen of it in the folder.
  @Test func itHasNoName() throws {
    let folder = try TemporaryFolder()
    let spill = try SpillFile(for: folder.file("states.safetensors"))
    try spill.append([1, 2, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    #expect(try spill.take(3) == [1, 2, 3])
  }

  @Test func aFolderThatTakesNoFilesIsNoObstacle() throws {
    // The numbers wait among temporary files then.
    let spill = try SpillFile(for: "/proc/self/states")
    try spill.append([4])
    #expect(try spill.take(1) == [4])
    #expect((DiskRoom.available(at: "/no/such/place") ?? 1) > 0)
  }
}
