import Checkpoints
import Foundation
import TestSupport
import Testing

/// Files of strangers hold names that would speak to the terminal. Whatever field they stand in, and
/// whichever command prints it, nothing of that arrives.
@Suite struct EscapeTests {
  /// A title, a colour by either set of controls, a delete, a turned line, and a forged one.
  private static let hostile = "\u{1B}]0;t\u{7}\u{1B}[31m\u{9B}31m\u{7F}\u{85}\u{202E}\u{2066}\rx"

  private func expectSafe(_ arguments: [String], in place: String) throws {
    let (status, out, error) = try Program.run(arguments)
    #expect(status < 128, "\(place): \(arguments) ended with \(status)")
    for text in [out, error] {
      let bad = text.unicodeScalars.filter { scalar in
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
          || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      }
      #expect(bad.isEmpty, "\(place): \(bad.map { String($0.value, radix: 16) }) of \(arguments)")
    }
  }

  /// Every command that opens a model.
  private func expectSafe(model: String, in place: String) throws {
    try expectSafe(["inspect", model, "--tensors"], in: place)
    try expectSafe(
      ["trace", "--model", model, "--prompt-ids", "1,2", "-r", "1", "--jsonl", "-"], in: place)
  }

  /// A copy of a small model whose configuration and tokenizer may be changed.
  private func copy(_ name: String, to folder: TemporaryFolder, as target: String = "m") throws
    -> String
  {
    let path = folder.file(target)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let source = Fixtures.path(name)
    for file in try FileManager.default.contentsOfDirectory(atPath: source)
    where !file.hasPrefix("golden") {
      try FileManager.default.copyItem(atPath: "\(source)/\(file)", toPath: "\(path)/\(file)")
    }
    return path
  }

  @Test(arguments: ["raven-tiny-a", "ouro-tiny", "retrofit-llama-tiny"])
  func valuesOfAConfiguration(name: String) throws {
    let folder = try TemporaryFolder()
    let model = try copy(name, to: folder)
    let document = try JSONValue(readingFile: "\(model)/config.json")
    let members = try #require(document.members)
    for index in members.indices {
      var changed = members
      changed[index] = JSONMember(members[index].name, .string(Self.hostile))
      try folder.write("m/config.json", JSONValue.object(changed).serialized())
      try expectSafe(["inspect", model], in: members[index].name)
    }
    let more = members + [JSONMember(Self.hostile, .string(Self.hostile))]
    try folder.write("m/config.json", JSONValue.object(more).serialized())
    try expectSafe(model: model, in: "a key")
    try folder.write("m/config.json", "{\"\(Self.hostile)")
    try expectSafe(model: model, in: "a broken document")
  }

  @Test func namesAndTextsOfWeights() throws {
    let folder = try TemporaryFolder()
    let model = try copy("raven-tiny-a", to: folder)
    let name = JSONValue.quoted(Self.hostile)
    for (place, header) in [
      ("a name", "{\(name):{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}"),
      ("a type", "{\"a\":{\"dtype\":\(name),\"shape\":[1],\"data_offsets\":[0,8]}}"),
      ("a key", "{\"a\":{\(name):\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"),
      ("metadata", "{\"__metadata__\":{\(name):\(name)},\"a\":{\"dtype\":\"F32\"}}"),
      ("a broken header", "{\"\(Self.hostile)"),
    ] {
      try folder.write("m/model.safetensors", header: header, data: 8)
      try expectSafe(model: model, in: place)
      try expectSafe(
        ["trace", "--prompt", "1+1?", "-r", "1", "--jsonl", "-", "--initial-state"]
          + ["\(model)/model.safetensors:\(Self.hostile)"], in: place)
    }
  }

  @Test func piecesOfATokenizer() throws {
    let folder = try TemporaryFolder()
    let quoted = JSONValue.quoted(Self.hostile)
    let file = try folder.write(
      "tokenizer.json",
      "{\"added_tokens\":[{\"id\":1,\"content\":\(quoted),\"special\":true}],"
        + "\"model\":{\"type\":\"BPE\",\"vocab\":{\"x\":0},\"merges\":[]}}")
    let text = try folder.write("text", "x\(Self.hostile)x\n")
    for more in [[], ["--jsonl"], ["--no-special"], ["--decode"]] {
      try expectSafe(["tokenize", "--tokenizer", file, text] + more, in: "a piece")
    }
    let line = try folder.write("line", "{\"text\":\(quoted)}\n")
    try expectSafe(["tokenize", "--tokenizer", file, line, "--jsonl"], in: "a piece")
    for type in ["type", "pre_tokenizer", "decoder", "normalizer", "post_processor"] {
      let bad = try folder.write(
        "bad.json",
        type == "type"
          ? "{\"model\":{\"type\":\(quoted)}}"
          : "{\"\(type)\":{\"type\":\(quoted)},"
            + "\"model\":{\"type\":\"BPE\",\"vocab\":{\"x\":0},\"merges\":[]}}")
      try expectSafe(["tokenize", "--tokenizer", bad, text], in: type)
    }
  }

  @Test func namesInARecipe() throws {
    let folder = try TemporaryFolder()
    let quoted = JSONValue.quoted(Self.hostile)
    let start = "\"architecture\":{\"width\":16,\"heads\":2,\"feed_forward\":32}"
    let data = "\"steps\":1,\"rows\":2,\"length\":16"
    for (index, recipe) in [
      "{\"name\":\(quoted),\(start),\"stages\":[{\"name\":\(quoted),\(data),\"mix\":{\"parity\":1}}]}",
      "{\(start),\"stages\":[{\(data),\"mix\":{\(quoted):1}}]}",
      "{\(quoted):1,\(start),\"stages\":[]}", "{\"text\":\(quoted)}", "{\"\(Self.hostile)",
    ].enumerated() {
      let file = try folder.write("recipe.json", recipe)
      let out = folder.file("out\(index)")
      try expectSafe(["train", "--recipe", file, "--out", out, "--threads", "1"], in: recipe)
      try expectSafe(["train", "--out", out, "--resume", "--json"], in: recipe)
      if FileManager.default.fileExists(atPath: "\(out)/model.safetensors") {
        try expectSafe(model: out, in: recipe)
      }
    }
  }

  @Test func problemsAndResults() throws {
    let folder = try TemporaryFolder()
    let quoted = JSONValue.quoted(Self.hostile)
    let file = try folder.write("p.jsonl", "{\"prompt\":\(quoted),\"answer\":\(quoted)}\n")
    let (table, picture) = (folder.file("t.jsonl"), folder.file("t.svg"))
    let eval = ["eval", "--problems", file, "--r", "1"]
    try expectSafe(eval + ["--jsonl", "-"], in: "a problem")
    try expectSafe(eval + ["--jsonl", table, "--svg", picture], in: "a problem")
    let rows = try String(contentsOfFile: table, encoding: .utf8)
    for (index, changed) in [
      rows.replacing(#/"task":"[^"]*"/#, with: "\"task\":\(quoted)"),
      rows.replacing(#/"schema":"[^"]*"/#, with: "\"schema\":\(quoted)"),
      rows.replacing(#/"model":"[^"]*"/#, with: "\"model\":\(quoted)"), "{\"\(Self.hostile)\n",
    ].enumerated() {
      let file = try folder.write("merged-\(index).jsonl", changed)
      try expectSafe(["eval", "--merge", file, "--svg", picture], in: "results \(index)")
      if let drawn = try? String(contentsOfFile: picture, encoding: .utf8) {
        #expect(!drawn.contains("\u{1B}") && !drawn.contains("\u{9B}"))
      }
    }
    for line in ["{\(quoted):1}", "{\"prompt\":\"\(Self.hostile)", "[\(quoted)]"] {
      let bad = try folder.write("bad.jsonl", line + "\n")
      try expectSafe(["eval", "--problems", bad], in: line)
      try expectSafe(["explore", "--gallery", bad], in: line)
    }
  }

  @Test func namesOfFilesAndArguments() throws {
    let folder = try TemporaryFolder()
    let name = Self.hostile
    let model = try copy("raven-tiny-a", to: folder, as: name)
    try expectSafe(model: model, in: "a folder")
    let absent = folder.file("\(name)/absent\(name)")
    for arguments in [
      ["inspect", absent], ["inspect", "a/\(name)"], ["verify", "--reference", absent],
      ["trace", "--prompt-file", absent, "--jsonl", "-"], ["tokenize", absent],
      ["trace", "--prompt", "1", "--jsonl", "\(absent)/a"], ["eval", "--merge", absent],
      ["trace", "--prompt", "1", "--save", "\(absent)/a"],
      ["train", "--recipe", absent, "--out", folder.file("x")],
      ["eval", "--problems", absent], ["bench", "--make-model", "huginn", "/dev/null/\(name)"],
      ["eval", "--task", "parity", "--resume", "\(absent)/a"], ["--\(name)"], ["generate", name],
      ["eval", "--task", name], ["generate", "--prompt", "1", "--exit", name],
      ["generate", "--prompt", "1", "--cache", name], ["bench", "--tokens", name],
      ["train", "--text", absent, "--out", folder.file("o\(name)")],
      ["explore", "--gallery", absent],
    ] {
      try expectSafe(arguments, in: "an argument")
    }
  }
}
