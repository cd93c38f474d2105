import Checkpoints
import Foundation
import TestSupport
import Testing
import Trajectories

@testable import RunFiles

/// Run files that are cut, spoilt, made up, or of another time.
@Suite struct DamagedRunTests {
  /// A whole file, taken apart.
  struct Parts: Sendable {
    var header: [JSONMember]
    var data: [UInt8]

    init() throws {
      let folder = try TemporaryFolder()
      var session = try SavedSession("")
      try session.grow()
      try session.write(to: folder.file("a.muninn"))
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("a.muninn"))))
      let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
      header = try JSONValue(parsing: Array(bytes[8..<8 + length])).members ?? []
      data = Array(bytes[(8 + length)...])
    }

    var bytes: [UInt8] {
      let text = Array(JSONValue.object(header).serialized().utf8)
      return (0..<8).map { UInt8(truncatingIfNeeded: UInt64(text.count) >> ($0 * 8)) } + text + data
    }

    subscript(name: String) -> JSONValue? {
      get { header.first { $0.name == name }?.value }
      set {
        let place = header.firstIndex { $0.name == name }
        guard let newValue else {
          place.map { _ = header.remove(at: $0) }
          return
        }
        if let place {
          header[place] = JSONMember(name, newValue)
        } else {
          header.append(JSONMember(name, newValue))
        }
      }
    }

    /// Changes a text of the metadata.
    mutating func metadata(_ name: String, _ change: (String) -> String?) {
      let old = self["__metadata__"]?.members ?? []
      self["__metadata__"] = .object(
        old.compactMap { member in
          guard member.name == name, let text = member.value.string else { return member }
          return change(text).map { JSONMember(name, .string($0)) }
        })
    }

    mutating func manifest(_ old: String, _ new: String) {
      metadata("manifest") { text in
        precondition(text.contains(old), "the manifest has no \(old)")
        return text.replacingOccurrences(of: old, with: new)
      }
    }

    /// Replaces the first elements of a tensor, of four bytes each.
    mutating func write(_ bits: [UInt32], to tensor: String, from first: Int = 0) {
      guard let start = self[tensor]?["data_offsets"]?.array?.first?.integer else { return }
      for (index, value) in bits.enumerated() {
        for byte in 0..<4 {
          data[start + 4 * (first + index) + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
        }
      }
    }

    /// Gives a tensor another shape of as many elements.
    mutating func reshape(_ tensor: String, _ shape: [Int], type: String? = nil) {
      guard let old = self[tensor]?.members else { return }
      self[tensor] = .object(
        old.map { member in
          switch member.name {
          case "shape": JSONMember("shape", .array(shape.map { .integer($0) }))
          case "dtype": JSONMember("dtype", type.map { .string($0) } ?? member.value)
          default: member
          }
        })
    }
  }

  /// One damage, and what its error must name.
  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let says: String
    let kind: CheckpointError.Kind
    let spoil: @Sendable (inout Parts) -> Void

    init(
      _ name: String, _ says: String, _ kind: CheckpointError.Kind = .damaged,
      _ spoil: @escaping @Sendable (inout Parts) -> Void
    ) {
      (self.name, self.says, self.kind, self.spoil) = (name, says, kind, spoil)
    }

    var testDescription: String { name }
  }

  static let whole: Result<Parts, any Error> = Result { try Parts() }

  static let table: [Damage] = [
    Damage("no data", "ends at byte") { $0.data = [] },
    Damage("cut in the middle of the data", "ends at byte") {
      $0.data.removeLast($0.data.count / 2)
    },
    Damage("one byte short", "ends at byte") { $0.data.removeLast() },
    Damage("no metadata", "no run file", .mismatch) { $0["__metadata__"] = nil },
    Damage("no format", "no run file", .mismatch) { $0.metadata("format") { _ in nil } },
    Damage("no manifest", "no run file", .mismatch) { $0.metadata("manifest") { _ in nil } },
    Damage("a format of others", "no run file", .mismatch) {
      $0.metadata("format") { _ in "muninn.states/1" }
    },
    Damage("a newer format", "reads up to 2", .unsupported) {
      $0.metadata("format") { _ in "muninn.run/3" }
    },
    Damage("a format without a number", "format") { $0.metadata("format") { _ in "muninn.run/x" } },
    Damage("a negative format", "format") { $0.metadata("format") { _ in "muninn.run/-1" } },
    Damage("an empty manifest", "manifest") { $0.metadata("manifest") { _ in "" } },
    Damage("a manifest cut short", "manifest") {
      $0.metadata("manifest") { String($0.dropLast(9)) }
    },
    Damage("a manifest that is a list", "manifest") { $0.metadata("manifest") { _ in "[1, 2]" } },
    Damage("a manifest without end", "nested deeper") {
      $0.metadata("manifest") { _ in String(repeating: "[", count: 100_000) }
    },
    Damage("no tree", "'tree'") { $0.manifest("\"tree\"", "\"three\"") },
    Damage("no summary", "'summary'") { $0.manifest("\"summary\"", "\"sum\"") },
    Damage("a tree without runs", "no run") {
      $0.manifest("\"tree\":{\"current\":", "\"tree\":{\"nodes\":[]},\"old\":{\"current\":")
    },
    Damage("a run that is looked at and not there", "no run 77") {
      $0.manifest("\"tree\":{\"current\":5", "\"tree\":{\"current\":77")
    },
    Damage("a node twice", "twice") { $0.manifest("\"id\":3}", "\"id\":1}") },
    Damage("a node of number 0", "count from 1") { $0.manifest("\"id\":1}", "\"id\":0}") },
    Damage("a node beyond all numbers", "further than") {
      $0.manifest("\"id\":5}", "\"id\":9223372036854775807}")
      $0.manifest("\"current\":5,", "\"current\":1,")
      $0.manifest("\"node\":5", "\"node\":9223372036854775807")
    },
    Damage("a token that leaves what is not there", "not there") {
      $0.manifest("\"fork\":{\"iteration\":2,\"node\":1}", "\"fork\":{\"iteration\":2,\"node\":9}")
    },
    Damage("a token that leaves its own future", "not there") {
      $0.manifest("\"fork\":{\"iteration\":2,\"node\":1}", "\"fork\":{\"iteration\":2,\"node\":2}")
    },
    Damage("a token that leaves after the end", "after its last iteration") {
      let token = "\"cause\":{\"token\":{\"id\":4}},\"fork\":{\"iteration\":"
      $0.manifest(token + "2", token + "90")
    },
    Damage("a prompt of other tokens", "other tokens than its cause") {
      $0.manifest("\"ids\":[5,1,2,9,3]", "\"ids\":[5,1,2,9,4]")
    },
    Damage("a prompt without tokens", "no token") {
      $0.manifest("\"ids\":[5,1,2,9,3]", "\"ids\":[]")
    },
    Damage("an edit in no grammar", "Column") { $0.manifest("1:2 := ", "1:2 =: ") },
    Damage("a run that is not in the tree", "none of the tree") {
      $0.manifest("\"last\":4,\"node\":3", "\"last\":4,\"node\":44")
    },
    Damage("a run of a million iterations", "where F32") {
      $0.manifest("\"last\":4,\"node\":3", "\"last\":900000,\"node\":3")
    },
    Damage("a run of iterations beyond counting", "ends at") {
      $0.manifest("\"last\":4,\"node\":3", "\"last\":9223372036854775807,\"node\":3")
    },
    Damage("a run of no tokens", "0 tokens") {
      $0.manifest("\"tokens\":5", "\"tokens\":0")
    },
    Damage("a vocabulary without end", "further than") {
      $0.manifest("\"count\":256", "\"count\":9223372036854775807")
    },
    Damage("tokens that are not there", "run.1.ids") { $0["run.1.ids"] = nil },
    Damage("tokens that are floats", "run.1.ids") { $0.reshape("run.1.ids", [5], type: "F32") },
    Damage("a token beyond the vocabulary", "holds the token") {
      $0.write([0x7FFF_FFFF], to: "run.1.ids")
    },
    Damage("a negative token", "holds the token") { $0.write([0xFFFF_FFFF], to: "run.1.ids") },
    Damage("measures in another shape", "run.1.measures") {
      $0.reshape("run.1.measures", [5, 4, 5])
    },
    Damage("measures as integers", "run.1.measures") {
      $0.reshape("run.1.measures", [4, 5, 5], type: "I32")
    },
    Damage("a norm less than nothing", "run.1.measures") {
      $0.write([Float(-1).bitPattern], to: "run.1.measures")
    },
    Damage("an infinite norm", "run.1.measures") {
      $0.write([Float.infinity.bitPattern], to: "run.1.measures")
    },
    Damage("a cosine of two", "run.1.measures") {
      $0.write([Float(2).bitPattern], to: "run.1.measures", from: 3)
    },
    Damage("no readings", "run.2.readings") { $0["run.2.readings"] = nil },
    Damage("a probability of a thousand", "run.1.probabilities") {
      $0.write([Float(1000).bitPattern], to: "run.1.probabilities")
    },
    Damage("a candidate beyond the vocabulary", "run.1.candidates") {
      $0.write([1 << 20], to: "run.1.candidates")
    },
    Damage("states of other tokens", "run.1.states") { parts in
      let shape = parts["run.1.states"]?["shape"]?.array?.compactMap(\.integer) ?? []
      parts.reshape("run.1.states", [shape[0], 1, shape[1] * shape[2]])
    },
    Damage("states of iterations that go back", "ascend") {
      $0.write([3, 2], to: "run.1.iterations")
    },
    Damage("states of iterations beyond the end", "ascend") {
      $0.write([9], to: "run.1.iterations", from: 3)
    },
    Damage("a plane of other components", "plane.5.coordinates") {
      $0.reshape("plane.5.coordinates", [2, 1, 4])
    },
    Damage("a plane fitted backwards", "plane.5.coordinates") {
      $0.manifest("\"first\":0,\"last\":2", "\"first\":3,\"last\":2")
    },
    Damage("a basis of another width", "plane.5.basis") { parts in
      let shape = parts["plane.5.basis"]?["shape"]?.array?.compactMap(\.integer) ?? []
      parts.reshape("plane.5.basis", [1, shape[0] * shape[1]])
    },
    Damage("a basis that is no number", "plane.5.basis") {
      $0.write([Float.nan.bitPattern], to: "plane.5.basis")
    },
    Damage("a basis of integers", "plane.5.basis") { parts in
      let shape = parts["plane.5.basis"]?["shape"]?.array?.compactMap(\.integer) ?? []
      parts.reshape("plane.5.basis", shape, type: "I32")
    },
    Damage("a table of starts that is not there", "start.0") { $0["start.0"] = nil },
    Damage("a table of starts in a row", "start.0") { parts in
      let shape = parts["start.0"]?["shape"]?.array?.compactMap(\.integer) ?? []
      parts.reshape("start.0", [shape[0] * shape[1]])
    },
    Damage("copies of what is no prompt", "no prompt") {
      $0.manifest("\"root\":1", "\"root\":2")
    },
    Damage("copies without number", "what cannot be") {
      $0.manifest("\"count\":2,", "\"count\":9223372036854775807,")
    },
    Damage("copies of endless length", "what cannot be") {
      $0.manifest("\"isHeld\":false,\"iterations\":1", "\"isHeld\":false,\"iterations\":-4")
    },
    Damage("copies fewer than are said", "do not fit") {
      $0.manifest("\"count\":2,", "\"count\":3,")
    },
    Damage("a copy that says no token", "cannot be") {
      $0.manifest("\"said\":[null,3]", "\"said\":[null,99999]")
    },
    Damage("a causal map of other cells", "Causal map 0") {
      $0.manifest("\"iterations\":[0,1,2]", "\"iterations\":[0,1]")
    },
    Damage("a causal map of iterations that go back", "Causal map 0") {
      $0.manifest("\"iterations\":[0,1,2]", "\"iterations\":[0,2,1]")
    },
    Damage("a causal map beyond the end", "Causal map 0") {
      $0.manifest("\"kind\":\"hold\",\"last\":2", "\"kind\":\"hold\",\"last\":9000000")
    },
    Damage("a causal map of one run", "Causal map 0") {
      $0.manifest("\"corrupted\":3", "\"corrupted\":1")
    },
    Damage("a causal map of a run that is not there", "Causal map 0") {
      $0.manifest("\"corrupted\":3", "\"corrupted\":77")
    },
    Damage("a causal map of an unknown answer", "Causal map 0") {
      $0.manifest("\"answer\":4", "\"answer\":-4")
    },
    Damage("a causal map of no kind", "cause") {
      $0.manifest("\"kind\":\"hold\"", "\"kind\":\"held\"")
    },
    Damage("a causal map of a place that is none", "Causal map 0") {
      $0.manifest("\"kind\":\"hold\",", "\"kind\":\"hold\",\"site\":\"nowhere\",")
    },
    Damage("a model without a name", "called nothing") {
      $0.manifest("\"ids\":[5,1,2,9,3],", "\"ids\":[5,1,2,9,3],\"model\":\"\",")
    },
    Damage("overlapping tensors", "overlap") {
      $0["run.1.measures"] = $0["run.2.measures"]
      $0.reshape("run.1.measures", [3, 1, 5])
    },
  ]

  @Test(arguments: table) func isRefusedWithItsReason(damage: Damage) throws {
    let folder = try TemporaryFolder()
    var parts = try Self.whole.get()
    damage.spoil(&parts)
    let path = try folder.write("a.muninn", parts.bytes)
    let error = try #require(throws: CheckpointError.self) { try RunFile.open(path) }
    #expect(error.kind == damage.kind, "\(error)")
    #expect("\(error)".contains(damage.says), "\(error)")
    #expect(error.file == path && error.advice != nil)
  }

  @Test func thereAreForty() { #expect(Self.table.count >= 40) }

  @Test(arguments: [0, 1, 7, 8, 9, 100, 2000]) func cutShortOrRefused(length: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.muninn", Array(try Self.whole.get().bytes.prefix(length)))
    #expect(throws: CheckpointError.self) { try RunFile.open(path) }
  }

  @Test func whatIsNotThereIsMissing() throws {
    let error = try #require(throws: CheckpointError.self) { try RunFile.open("/nowhere/a.muninn") }
    #expect(error.kind == .missing)
    #expect(throws: CheckpointError.self) { try RunFile.open("/tmp") }
    #expect(throws: CheckpointError.self) { try RunFile.open("/dev/zero") }
  }

  /// A file may say that a token follows before anything was thought, which no session does: the run is had
  /// like any other, or refused.
  @Test func aTokenBehindTheStartDoesNotEndTheProgram() throws {
    let folder = try TemporaryFolder()
    var parts = try Self.whole.get()
    let token = "\"cause\":{\"token\":{\"id\":4}},\"fork\":{\"iteration\":"
    parts.manifest(token + "2", token + "0")
    let file = try RunFile.open(folder.write("a.muninn", parts.bytes))
    var session = try SavedSession("", goingOnWith: file)
    try session.step(NodeID(2))
    #expect(session.trajectories[NodeID(2)]?.lastIteration == 3)
  }

  /// A newer file says who wrote it, so that one knows what to get.
  @Test func newerFormatsSayWhatToDo() throws {
    let folder = try TemporaryFolder()
    var parts = try Self.whole.get()
    parts.metadata("format") { _ in "muninn.run/7" }
    parts.metadata("manifest") { _ in "{\"version\":\"3.1.0\",\"all\":\"else is new\"}" }
    let path = try folder.write("a.muninn", parts.bytes)
    let error = try #require(throws: CheckpointError.self) { try RunFile.open(path) }
    #expect(error.kind == .unsupported && "\(error)".contains("muninn 3.1.0"), "\(error)")
  }

  /// Bytes turned at random: an error or a file, and never anything else.
  @Test func damagedFilesAreReadOrRefused() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.whole.get().bytes
    let header = 8 + (0..<8).reduce(0) { $0 | Int(whole[$1]) << (8 * $1) }
    var dice = Dice(seed: 15)
    var (read, refused) = (0, 0)
    for attempt in 0..<Effort.times(60) {
      var bytes = whole
      for _ in 0...dice.below(3) {
        let place = attempt % 3 == 0 ? dice.below(bytes.count) : dice.below(header)
        bytes[place] = UInt8(dice.below(256))
      }
      let path = try folder.write("a.muninn", bytes)
      do {
        let file = try RunFile.open(path)
        // What was read can be looked at and written.
        _ = file.runs.branch
        try file.write(to: folder.file("b.muninn"))
        read += 1
      } catch {
        #expect(!error.description.isEmpty)
        refused += 1
      }
    }
    #expect(read + refused == Effort.times(60) && refused > 0)
  }

  /// A file of the first format, as muninn 0.1.0 wrote it, is read for ever.
  @Test func theFirstFormatIsRead() throws {
    let file = try RunFile.open(Fixtures.path("run-files/format-1.muninn"))
    #expect(file.manifest.format == 1 && file.tree.count == 3)
    let run = try #require(file.trajectories[NodeID(1)])
    #expect(run.steps.count == 5 && run.tokens.map(\.text).joined().hasSuffix("1+1?"))
    #expect(run.steps[4].readings.last?.best?.text == "2")
    #expect(file.states(of: NodeID(1))?.rows(4)?.rows == run.tokens.count)
  }
}
