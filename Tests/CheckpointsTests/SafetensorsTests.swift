import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct Safetensors {
  /// Headers that lie, each with a word its error must contain, over 64 bytes of data.
  static let lies: [(header: String, word: String)] = [
    ("not json", "JSON"), ("[]", "array"), ("{", "too early|ends"), ("{\"a\":1}", "object"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "dtype"),
    (#"{"a":{"dtype":"Q9","shape":[1],"data_offsets":[64,68]}}"#, "only 64 bytes"),
    (#"{"a":{"dtype":"Q9","shape":[-1],"data_offsets":[0,4]}}"#, "shape"),
    (
      #"{"a":{"dtype":"Q9","shape":[9],"data_offsets":[0,9]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "overlap"
    ),
    (#"{"a":{"dtype":"F8_E4M3FNUZ","shape":[3],"data_offsets":[0,4]}}"#, "needs 3"),
    (#"{"a":{"dtype":3,"shape":[1],"data_offsets":[0,4]}}"#, "dtype"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "shape"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "shape"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "shape"),
    (#"{"a":{"dtype":"F32","shape":["x"],"data_offsets":[0,4]}}"#, "shape"),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}}"#,
      "impossible"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}"#,
      "impossible"
    ),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, "offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, "offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "range"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, "range"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[64,68]}}"#, "only 64 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, "only 64"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "needs 8"),
    (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, "needs"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "overlap"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "twice"
    ),
    (#"{"__metadata__":{"a":1}}"#, "metadata"), (#"{"__metadata__":[]}"#, "metadata"),
    (#"{"__metadata__":3}"#, "metadata"),
    (String(repeating: #"{"a":"#, count: 5000), "deeper"),
  ]

  @Test(arguments: lies.indices) func refusesLies(_ index: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x.safetensors", header: Self.lies[index].header, data: 64)
    let error = try #require(throws: CheckpointError.self) { try SafetensorsFile.open(path) }
    #expect(error.kind == .damaged && error.file == path)
    let words = Self.lies[index].word.split(separator: "|")
    #expect(words.contains { error.description.contains($0) }, "\(error)")
  }

  @Test func refusesLyingLengths() throws {
    let folder = try TemporaryFolder()
    for (bytes, word) in [
      ([], "empty"), ([1, 2, 3], "8 bytes"), ([16, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "claims 16"),
      ([UInt8](repeating: 255, count: 16), "at most"),
    ] as [([UInt8], String)] {
      let path = try folder.write("x.safetensors", bytes)
      let error = try #require(throws: CheckpointError.self) { try SafetensorsFile.open(path) }
      #expect(error.description.contains(word), "\(error)")
    }
  }

  @Test func errorsCannotDriveTheTerminal() throws {
    let folder = try TemporaryFolder()
    let header = #"{"\u001b[2J":{"dtype":"Q"}}"#
    let path = try folder.write("x.safetensors", header: header, data: 0)
    let error = try #require(throws: CheckpointError.self) { try SafetensorsFile.open(path) }
    #expect(error.description.contains("\\x1b[2J") && !error.description.contains("\u{1B}"))
  }

  @Test func everyTruncationIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/whole.safetensors"
    let writer = try SafetensorsWriter(path: path, entries: [.init("a", shape: [3, 2])])
    try writer.append([1, 2, 3, 4, 5, 6])
    try writer.finish()
    let bytes = try MappedFile.read(path)
    for count in 0..<bytes.count {
      let cut = try folder.write("cut.safetensors", Array(bytes.prefix(count)))
      #expect(throws: CheckpointError.self) { try SafetensorsFile.open(cut) }
    }
  }

  @Test func readsTypesMetadataAndGaps() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "x.safetensors",
      header:
        #"{"__metadata__":{"format":"pt"},"h":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"#
        + #""n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
        + #""e":{"dtype":"BF16","shape":[0,5],"data_offsets":[12,12]}}"#, data: 16)
    let file = try SafetensorsFile.open(path)
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors["h"]?.floats() == [0, 0] && file.tensors["e"]?.floats() == [])
    #expect(try file.integers("n") == [0])
    #expect(file.skipped["n"]?.reason.contains("I64") == true)
    #expect(file.gaps.map(\.count) == [4])
    #expect(throws: CheckpointError.self) { try file.integers("h") }
    #expect(throws: CheckpointError.self) { try file.tensor("n") }
    #expect(throws: CheckpointError.self) { try file.tensor("absent") }
  }

  /// The reference reader has these; what is newer still is left aside all the same.
  @Test(arguments: [
    ("F8_E4M3FNUZ", 4, 4), ("F8_E5M2FNUZ", 4, 4), ("F4", 8, 4), ("F6_E2M3", 4, 3), ("C64", 1, 8),
    ("F8_E8M0", 4, 4), ("U64", 1, 8), ("Q9", 3, 7), ("C128", 1, 16),
  ])
  func newerElementTypesAreNoDamage(type: String, count: Int, bytes: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "x.safetensors",
      header: #"{"__metadata__":null,"odd":{"dtype":"\#(type)","shape":[\#(count)],"#
        + #""data_offsets":[0,\#(bytes)]},"a":{"dtype":"F32","shape":[1],"#
        + #""data_offsets":[\#(bytes),\#(bytes + 4)]}}"#, data: bytes + 4)
    let file = try SafetensorsFile.open(path)
    #expect(file.tensors["a"]?.floats() == [0] && file.metadata.isEmpty)
    #expect(file.skipped["odd"]?.reason.contains(type) == true)
    #expect(file.skipped["odd"]?.shape == [count] && file.gaps.isEmpty)
  }

  @Test func float64IsRounded() throws {
    let folder = try TemporaryFolder()
    let values = [0.1, -1e300, 3]
    let header = #"{"s":{"dtype":"F64","shape":[3],"data_offsets":[0,24]}}"#
    let length = UInt64(header.utf8.count)
    let bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array(header.utf8)
      + values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
    let file = try SafetensorsFile.open(try folder.write("x.safetensors", bytes))
    #expect(file.skipped["s"]?.roundedDoubles() == [0.1, -.infinity, 3])
    #expect(file.skipped["s"]?.integers() == nil)
  }

  /// Bytes that are written in place change what is computed; a file put in the place of another
  /// one does not.
  @Test func changesUnderTheProgramAreNoticed() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    func opened(_ name: String) throws -> (SafetensorsFile, URL) {
      let path = try folder.write(name, header: header, data: 8)
      let past = Date(timeIntervalSince1970: 1_000_000)
      try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path)
      return (try SafetensorsFile.open(path), URL(fileURLWithPath: path))
    }
    func isNoticed(_ file: SafetensorsFile) -> Bool {
      FileWatch.changedFiles().contains(file.path)
    }
    let (still, _) = try opened("still.safetensors")
    let (replaced, target) = try opened("replaced.safetensors")
    try Data(contentsOf: target).write(to: target, options: .atomic)
    let (written, place) = try opened("written.safetensors")
    let handle = try FileHandle(forWritingTo: place)
    try handle.seek(toOffset: UInt64(header.utf8.count + 8))
    try handle.write(contentsOf: Data([1, 2, 3, 4]))
    try handle.close()
    let (cut, end) = try opened("cut.safetensors")
    #expect(truncate(end.path, 12) == 0)
    #expect(isNoticed(written) && isNoticed(cut) && !isNoticed(still) && !isNoticed(replaced))
    #expect(FileWatch.trouble()?.description.contains("changed while it was in use") == true)
    // Who reads other files is not told of it.
    #expect(FileWatch.trouble(of: [still.path, replaced.path]) == nil)
    #expect(FileWatch.trouble(of: [still.path, cut.path])?.file == cut.path)
  }

  @Test func writerRoundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/out.safetensors"
    let writer = try SafetensorsWriter(
      path: path,
      entries: [
        .init("states", shape: [2, 3]), .init("none", shape: [0]),
        .init("ids", shape: [2], type: .int32), .init("\"ä\"", shape: []),
      ], metadata: ["b": "2", "a": "1\n"])
    try writer.append([1, .nan, -0.0])
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.append([4, 5, .infinity])
    try writer.append(integers: [-7, 65504])
    try writer.append([9])
    try writer.finish()
    let file = try SafetensorsFile.open(path)
    let states = try file.tensor("states")
    #expect(states.shape == [2, 3])
    #expect(
      states.floats().map(\.bitPattern)
        == [Float(1), .nan, -0.0, 4, 5, .infinity].map(\.bitPattern))
    #expect(try file.integers("ids") == [-7, 65504])
    #expect(try file.tensor("\"ä\"").floats() == [9])
    #expect(file.metadata == ["a": "1\n", "b": "2"] && file.gaps.isEmpty)
    #expect(states.offset % 8 == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test func droppedWriterLeavesNothing() throws {
    let folder = try TemporaryFolder()
    _ = try SafetensorsWriter(
      path: folder.path + "/x.safetensors", entries: [.init("a", shape: [2])])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    #expect(throws: CheckpointError.self) {
      try SafetensorsWriter(path: folder.path + "/no/x.safetensors", entries: [])
    }
    #expect(throws: CheckpointError.self) {
      try SafetensorsWriter(
        path: folder.path + "/y", entries: [.init("a", shape: []), .init("a", shape: [])])
    }
  }

  @Test func refusesWhatIsNoFile() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [folder.path, pipe, "/dev/null", folder.path + "/absent"] {
      let error = try #require(throws: CheckpointError.self) { try MappedFile.open(path) }
      #expect(error.file == path)
    }
  }

  /// A finished file takes the place of a file only: a pipe is written through.
  @Test func replacesNothingButFiles() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let writer = try SafetensorsWriter(path: pipe, entries: [.init("a", shape: [1])])
    try writer.append([1])
    try writer.finish()
    var bytes = [UInt8](repeating: 0, count: 1 << 10)
    let count = read(reader, &bytes, bytes.count)
    #expect(count > 12 && bytes[(count - 4)..<count].elementsEqual([0, 0, 0x80, 0x3F]))
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    let error = try #require(throws: CheckpointError.self) {
      try SafetensorsWriter(path: folder.path, entries: [])
    }
    #expect(error.file == folder.path)
  }
}
