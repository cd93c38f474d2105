import Foundation
import TestSupport
import Testing

@testable import Exports

/// Arrays for NumPy, read by us and, where there is one, by NumPy.
@Suite struct NpzTests {
  private let bytes: [UInt8]

  init() throws { bytes = try Exporter.npz.bytes(.runs(HostileRuns.all)) }

  /// Names, headers and elements of what the list at the end of an archive names.
  private func entries() throws -> [String: (header: String, elements: ArraySlice<UInt8>)] {
    func number(_ place: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    let end = bytes.count - 22
    try #require(number(end, 4) == 0x0605_4b50)
    var found: [String: (String, ArraySlice<UInt8>)] = [:]
    var place = number(end + 16, 4)
    for _ in 0..<number(end + 10, 2) {
      try #require(number(place, 4) == 0x0201_4b50)
      let (size, length) = (number(place + 24, 4), number(place + 28, 2))
      let name = String(decoding: bytes[place + 46..<place + 46 + length], as: UTF8.self)
      let local = number(place + 42, 4)
      try #require(number(local, 4) == 0x0403_4b50)
      let file = Array(bytes[local + 30 + length..<local + 30 + length + size])
      #expect(CRC32.of(file) == UInt32(number(place + 16, 4)))
      let room = Int(file[8]) | Int(file[9]) << 8
      #expect((10 + room) % 64 == 0 && file[0] == 0x93)
      found[name] = (String(decoding: file[10..<10 + room], as: UTF8.self), file[(10 + room)...])
      place += 46 + length
    }
    #expect(place == end)
    return found
  }

  @Test func theChecksumIsTheStandardOne() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xcbf4_3926)
  }

  @Test func theArchiveHoldsStatesMetricsAndTokens() throws {
    let entries = try entries()
    let states = try #require(entries["run1/states.npy"])
    #expect(states.header.contains("'descr': '<f4'") && states.header.contains("(5, 10, 3)"))
    #expect(states.elements.count == 5 * 10 * 3 * 4)
    #expect(entries["run4/states.npy"] == nil, "none were kept of it")
    #expect(entries["run4/argmax.npy"]?.header.contains("(3, 1)") == true)
    #expect(entries["run1/texts.npy"]?.header.contains("<U34") == true)
    for metric in HostileRuns.all.metrics {
      #expect(entries["run1/\(metric.name).npy"]?.header.contains("(5, 10)") == true)
    }
  }

  /// What NumPy says of the file, or why nobody could ask it.
  private static let numpy: String? = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import numpy"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return "python3 cannot be started" }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : "python3 with numpy is not here"
  }()

  @Test(.enabled(if: numpy == nil, "python3 with numpy is not here"))
  func numpyReadsIt() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("run.npz", bytes)
    let script = """
      import sys, numpy as np
      z = np.load(sys.argv[1], allow_pickle=False)
      s = z['run1/states']
      assert s.dtype == np.float32 and s.shape == (5, 10, 3)
      assert s[3, 1, 2] == np.float32(5.0) - np.float32(3) / np.float32(3)
      assert np.isnan(z['run1/residual'][0]).all() and not np.isnan(z['run1/residual'][1]).any()
      assert np.isnan(z['run1/arrival'][:, 3]).all()
      assert z['run1/texts'][0] == '</script><script>alert(1)</script>'
      assert z['run1/texts'][5] == '\\u4e16\\u754c' and list(z['runs']) == [1, 4]
      assert all('run4/' + n in z.files for n in z['metrics'])
      print('read', len(z.files))
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, path]
    let (out, error) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (out, error)
    try process.run()
    let words = try out.fileHandleForReading.readToEnd() ?? Data()
    let trouble = try error.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(String(decoding: trouble, as: UTF8.self))")
    #expect(String(decoding: words, as: UTF8.self).hasPrefix("read "))
  }
}
