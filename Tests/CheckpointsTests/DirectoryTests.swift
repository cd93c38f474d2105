import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct Directories {
  static let one = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
  static let other = #"{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  static func failure(_ path: String, _ environment: [String: String] = [:]) throws
    -> CheckpointError
  {
    try #require(throws: CheckpointError.self) {
      try Checkpoint.open(path, environment: environment)
    }
  }

  static func sharded(_ map: String) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    try folder.write("model-1.safetensors", header: one, data: 8)
    try folder.write("model-2.safetensors", header: other, data: 4)
    try folder.write("model.safetensors.index.json", "{\"weight_map\":\(map)}")
    return folder
  }

  @Test func readsShards() throws {
    let folder = try Self.sharded(#"{"a":"model-1.safetensors","b":"model-2.safetensors"}"#)
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.tensors.keys.sorted() == ["a", "b"] && checkpoint.files.count == 2)
    #expect(checkpoint.tensorByteCount == 12 && checkpoint.remarks.isEmpty)
    if case .missing = checkpoint.tokenizer {} else { Issue.record("a tokenizer from nowhere") }
  }

  @Test func saysWhatTheIndexGetsWrong() throws {
    var folder = try Self.sharded(#"{"a":"model-1.safetensors","b":"model-3.safetensors"}"#)
    var error = try Self.failure(folder.path)
    #expect(error.kind == .missing && error.description.contains("model-3.safetensors"))

    folder = try Self.sharded(#"{"a":"model-1.safetensors","c":"model-2.safetensors"}"#)
    error = try Self.failure(folder.path)
    #expect(error.description.contains("c") && error.file?.hasSuffix("model-2.safetensors") == true)

    for map in [#"{"a":"../x.safetensors"}"#, #"{"a":3}"#, "{}", "[]"] {
      folder = try Self.sharded(map)
      #expect(try Self.failure(folder.path).kind == .damaged)
    }

    folder = try Self.sharded(#"{"a":"model-1.safetensors"}"#)
    try folder.write("model-1.safetensors", header: Self.other, data: 4)
    #expect(try Self.failure(folder.path).description.contains("a"))
  }

  @Test func saysWhatTheIndexDoesNotName() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    try folder.write(
      "m.safetensors",
      header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""extra":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)
    try folder.write(
      "model.safetensors.index.json", #"{"weight_map":{"a":"m.safetensors"}}"#)
    let checkpoint = try Checkpoint.open(folder.path)
    #expect(checkpoint.tensors.keys.sorted() == ["a"])
    #expect(checkpoint.remarks.contains { $0.contains("extra") })
  }

  @Test func incompleteFolders() throws {
    let folder = try TemporaryFolder()
    #expect(try Self.failure(folder.path).description.contains("config.json"))
    try folder.write("config.json", "{")
    #expect(try Self.failure(folder.path).kind == .damaged)
    try folder.write("config.json", "[]")
    #expect(try Self.failure(folder.path).kind == .damaged)
    try folder.write("config.json", "{}")
    try folder.write("pytorch_model.bin", "x")
    #expect(try Self.failure(folder.path).description.contains("pytorch_model.bin"))
    try folder.write("x.safetensors", header: Self.one, data: 8)
    try folder.write("tokenizer.json", "{")
    let checkpoint = try Checkpoint.open(folder.path + "/x.safetensors")
    #expect(checkpoint.tensors.count == 1)
    if case .unreadable(let error) = checkpoint.tokenizer {
      #expect(error.file?.hasSuffix("tokenizer.json") == true)
    } else {
      Issue.record("a damaged tokenizer must be said")
    }
    try folder.write("y.safetensors", header: Self.other, data: 4)
    #expect(try Self.failure(folder.path).description.contains("index"))
    #expect(try Self.failure(folder.path + "/pytorch_model.bin").kind == .unsupported)
    #expect(try Self.failure(folder.path + "/absent").kind == .missing)
  }

  @Test func takesAndAccounts() throws {
    let folder = try Self.sharded(#"{"a":"model-1.safetensors","b":"model-2.safetensors"}"#)
    let checkpoint = try Checkpoint.open(folder.path)
    let taken = try checkpoint.take(
      [ExpectedTensor("a", shapes: [[1], [2]]), ExpectedTensor("o", [1], optional: true)]
    ) { _ in .skip("a spare") }
    #expect(taken.tensors.keys.sorted() == ["a"])
    #expect(taken.skipped.map { [$0.name, $0.reason] } == [["b", "a spare"]])
    let error = try #require(throws: CheckpointError.self) {
      try checkpoint.take([ExpectedTensor("a", [7]), ExpectedTensor("c", [1])]) { _ in .refuse }
    }
    #expect(error.kind == .mismatch)
    for text in ["missing (1):\n    c", "a is [2], expected [7]", "unexpected (1):\n    b"] {
      #expect(error.description.contains(text), "\(error)")
    }
    let many = try #require(throws: CheckpointError.self) {
      try checkpoint.take((0..<100).map { ExpectedTensor("t\($0)", [1]) }) { _ in .skip("") }
    }
    #expect(many.description.contains("and 80 more"))
  }

  /// Weights of an odd type with a name of the model's are no less left out than plain ones.
  @Test func oddTypesAreAccountedForByName() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    try folder.write(
      "model.safetensors",
      header: #"{"a":{"dtype":"F8_E4M3FNUZ","shape":[2],"data_offsets":[0,2]},"#
        + #""b":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},"#
        + #""c":{"dtype":"I32","shape":[1],"data_offsets":[16,20]}}"#, data: 20)
    let checkpoint = try Checkpoint.open(folder.path)
    let error = try #require(throws: CheckpointError.self) {
      try checkpoint.take([ExpectedTensor("a", [2])]) { _ in .refuse }
    }
    #expect(error.description.contains("a cannot be used because its element type F8_E4M3FNUZ"))
    #expect(error.description.contains("unexpected (1):\n    b (F64)"), "\(error)")
    let taken = try checkpoint.take([]) { _ in .skip("a spare") }
    #expect(taken.skipped.map(\.name) == ["a", "b", "c"])
  }

  static let pointer = """
    version https://git-lfs.github.com/spec/v1
    oid sha256:abababababababababababababababababababababababababababababababab
    size 843068

    """

  private static func whole() throws -> TemporaryFolder {
    let folder = try sharded(#"{"a":"model-1.safetensors","b":"model-2.safetensors"}"#)
    try folder.write("tokenizer.json", "{}")
    try folder.write("generation_config.json", "{}")
    return folder
  }

  /// What opening says in all, of whatever kind.
  private static func said(_ path: String, _ environment: [String: String] = [:]) -> String {
    do {
      let checkpoint = try Checkpoint.open(path, environment: environment)
      var all = checkpoint.warnings
      if case .unreadable(let error) = checkpoint.tokenizer { all.append(error.description) }
      return all.joined(separator: "\n")
    } catch {
      return "refused: \(error)"
    }
  }

  @Test(arguments: [
    "config.json", "model.safetensors.index.json", "model-2.safetensors", "tokenizer.json",
    "generation_config.json", "tokenizer_config.json", "chat_template.jinja",
  ])
  func filesThatAreThereInNameOnlyAreSaid(name: String) throws {
    let isNeeded = name == "config.json" || name.hasPrefix("model")
    let folder = try Self.whole()
    try folder.write(name, Self.pointer)
    let pointed = Self.said(folder.path)
    #expect(pointed.contains(name) && pointed.contains("Git LFS pointer"), "\(pointed)")
    #expect(pointed.contains("843068 bytes") && pointed.hasPrefix("refused") == isNeeded)
    try folder.write(name, "../../blobs/0123abc")
    #expect(Self.said(folder.path).contains("text of a link"))
    try FileManager.default.removeItem(atPath: folder.file(name))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name), withDestinationPath: "../../blobs/gone")
    let lost = Self.said(folder.path)
    #expect(lost.contains(name) && lost.contains("the download is incomplete"), "\(lost)")
    #expect(lost.hasPrefix("refused") == isNeeded)
  }

  @Test func lostBlobsOfTheCacheSayHowToFetchThem() throws {
    let folder = try TemporaryFolder()
    let model = "models--org--name"
    try folder.write("\(model)/refs/main", "abc123")
    let snapshot = "\(model)/snapshots/abc123"
    try folder.write("\(snapshot)/config.json", "{}")
    try folder.write("\(snapshot)/model.safetensors", header: Self.one, data: 8)
    let environment = ["HF_HUB_CACHE": folder.path]
    for name in ["tokenizer.json", "model.safetensors", "config.json"] {
      try? FileManager.default.removeItem(atPath: folder.file("\(snapshot)/\(name)"))
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("\(snapshot)/\(name)"), withDestinationPath: "../../blobs/1")
      let said = Self.said("org/name", environment)
      #expect(said.contains("download is incomplete") && said.contains(name), "\(said)")
      #expect(said.contains("Resume the download with: hf download org/name"), "\(said)")
    }
    #expect(Self.said(folder.file("\(snapshot)/config.json")).contains("is a link to"))
  }

  /// The values are those of huggingface_hub 2.4.0 for the same environments.
  @Test(arguments: [
    (["HF_HOME": "$HOME/h"], "/u/h/hub"), (["HF_HOME": "${HOME}/h"], "/u/h/hub"),
    (["HF_HOME": "~/h"], "/u/h/hub"), (["HF_HUB_CACHE": "~/c"], "/u/c"),
    (["HF_HUB_CACHE": "$A/${B}c"], "/a/bc"), (["HF_HUB_CACHE": "$NONE/c"], "$NONE/c"),
    (["HUGGINGFACE_HUB_CACHE": "$A"], "/a"), (["XDG_CACHE_HOME": "$A/x"], "/a/x/huggingface/hub"),
    (["XDG_CACHE_HOME": "~/x"], "/u/x/huggingface/hub"), ([:], "/u/.cache/huggingface/hub"),
    (["HF_HOME": "/x~/$"], "/x~/$/hub"), (["HF_HOME": "/${A"], "/${A/hub"),
    (["HF_HOME": "~nobody-has-this-name/x"], "~nobody-has-this-name/x/hub"),
  ])
  func pathsAreExpandedAsTheHubDoes(set: [String: String], root: String) {
    let environment = ["HOME": "/u", "A": "/a", "B": "b"].merging(set) { $1 }
    #expect(HubCache(environment: environment).root == root)
  }

  @Test func whatIsSaidTwiceIsTold() throws {
    let folder = try Self.sharded(#"{"a":"model-1.safetensors","b":"model-2.safetensors"}"#)
    #expect(Self.said(folder.path).isEmpty)
    try folder.write("config.json", #"{"x":{"y":1,"y":2}}"#)
    #expect(Self.said(folder.path).contains("what x.y is; the last one counts"))
    try folder.write("config.json", #"{"x":[Infinity,NaN]}"#)
    #expect(Self.said(folder.path).isEmpty)
  }

  /// Not for the superuser, who may list everything.
  @Test(.enabled(if: geteuid() != 0)) func foldersThatCannotBeListedAreSaidToBe() throws {
    let folder = try Self.whole()
    #expect(chmod(folder.path, 0o300) == 0)
    #expect(Self.said(folder.path).contains("cannot be listed: Permission denied"))
    #expect(chmod(folder.path, 0o700) == 0)
  }

  @Test func hubCache() throws {
    let folder = try TemporaryFolder()
    let model = "hub/models--org--name"
    let environment = ["HF_HOME": folder.path, "HOME": "/nonexistent"]
    var error = try Self.failure("org/name", environment)
    #expect(error.description.contains("hf download org/name"))
    error = try Self.failure("org/name@v2", environment)
    #expect(error.description.contains("hf download org/name --revision v2"))

    try folder.write("\(model)/refs/main", "abc123\n")
    error = try Self.failure("org/name", environment)
    #expect(error.kind == .missing && error.description.contains("no revision"))
    // Files of a snapshot are links into the store of blobs.
    try folder.write("\(model)/blobs/1", header: Self.one, data: 8)
    let snapshot = "\(folder.path)/\(model)/snapshots/abc123"
    try folder.write("\(model)/snapshots/abc123/config.json", #"{"n":1}"#)
    try FileManager.default.createSymbolicLink(
      atPath: snapshot + "/model.safetensors", withDestinationPath: "../../blobs/1")
    let checkpoint = try Checkpoint.open("org/name", environment: environment)
    #expect(checkpoint.name == "org/name" && checkpoint.tensors["a"] != nil)
    #expect(checkpoint.source == snapshot)
    for (reference, revision) in [("org/name@abc123", nil), ("org/name", "abc123")] {
      let same = try Checkpoint.open(reference, revision: revision, environment: environment)
      #expect(same.source == snapshot)
    }
    let direct = ["HF_HUB_CACHE": folder.path + "/hub", "HF_HOME": "/nonexistent"]
    #expect(try Checkpoint.open("org/name", environment: direct).source == snapshot)
    error = try Self.failure("org/name@v9", environment)
    #expect(error.description.contains("abc123") && error.description.contains("v9"))
    for hostile in ["org/name@../..", "org/../name", "org/name@"] {
      #expect(try Self.failure(hostile, environment).kind == .missing)
    }

    // A partial download: the index is there, a shard is a link to nothing.
    try FileManager.default.removeItem(atPath: snapshot + "/model.safetensors")
    try folder.write(
      "\(model)/snapshots/abc123/model.safetensors.index.json",
      #"{"weight_map":{"a":"model-1.safetensors"}}"#)
    try FileManager.default.createSymbolicLink(
      atPath: snapshot + "/model-1.safetensors", withDestinationPath: "../../blobs/2")
    error = try Self.failure("org/name", environment)
    #expect(error.description.contains("model-1.safetensors"))
    #expect(error.description.contains("hf download org/name"))
  }
}
