import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct Safetensors {
  /// Headers that lie, each with a word its error must contain, over 64 bytes of data.
  static let lies: [(header: String, word: String)] = [
    ("not json", "JSON"), ("[]", "array"), ("{", "too early|ends"), ("{\"a\":1}", "object"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "dtype"),
    (#"{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}"#, "Q9"),
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
    (#"{"__metadata__":{"a":1}}"#, "metadata"), (#"{"__metadata__":3}"#, "metadata"),
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
