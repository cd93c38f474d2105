import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// The commands on models of continuous thoughts.
@Suite struct ThoughtCommandTests {
  private func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    try Program.run(arguments)
  }

  private func records(_ arguments: [String]) throws -> [JSONValue] {
    let (status, out, error) = try run(arguments)
    #expect(status == 0 && error.isEmpty, "\(arguments): \(error)")
    return try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  private func prompt(_ name: String) -> [String] {
    let ids = name == "codi-tiny" ? "373,420,292,16,17,13,509" : "39,72,198,509"
    return ["--model", Fixtures.path(name), "--prompt-ids", ids]
  }

  /// Ids and texts as the reference has them; the token that ends the thoughts is not printed.
  @Test(arguments: Fixtures.thoughtModels) func textsAreTheReferences(name: String) throws {
    let golden = try JSONValue(
      parsing: Array(
        try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("\(name)/golden.json")))))
    for prompt in try #require(golden["prompts"]?.array) {
      let input = try #require(prompt["input_ids"]?.array).compactMap(\.integer)
      let six = try #require(prompt["det"] ?? prompt["deterministic"]?["6"])
      let ids = try #require(six["ids"]?.array).compactMap(\.integer)
      let arguments = [
        "generate", "--model", Fixtures.path(name), "-n", "17", "--no-stop-tokens", "--prompt-ids",
        input.map(String.init).joined(separator: ","),
      ]
      let written = try records(arguments + ["--jsonl"])
      #expect(written.map { $0["id"]?.integer } == [510] + ids)
      #expect(written.map { $0["iterations"]?.integer } == [6] + ids.map { _ in 0 })
      #expect(written[0]["text"]?.string == "")
      let text = try #require(six["text"]?.string)
      #expect(try run(arguments).out == text + "\n")
      // The question itself is asked in the model's format.
      let question = try #require(prompt["prompt"]?.string)
        .replacing("<|start-latent|>", with: "").trimmingCharacters(in: .newlines)
      let asked = ["generate", "--model", Fixtures.path(name), "-n", "17", "--no-stop-tokens"]
      #expect(try run(asked + ["-p", question]).out == text + "\n")
      #expect(try run(asked + ["-p", try #require(prompt["prompt"]?.string)]).out == text + "\n")
    }
  }

  @Test(arguments: Fixtures.thoughtModels) func referencesPass(name: String) throws {
    let path = Fixtures.path(name)
    let (status, out, _) = try run(["verify", "--model", path, "--reference", path, "--brief"])
    #expect(status == 0 && out.contains("\nok: "))
    for kind in ["det.thoughts", "det.ids", "agn.thoughts", "token-ids"] {
      #expect(out.contains("\n\(kind) "), "\(kind)")
    }
    let other = Fixtures.thoughtModels.first { $0 != name } ?? ""
    let wrong = try run([
      "verify", "--model", path, "--reference", Fixtures.path(other), "--brief",
    ])
    #expect(wrong.status != 0 && !wrong.out.contains("\nok: "))
  }

  @Test(arguments: [
    ("aggregators", "majority_strict"), ("aggregators", "chain.coe.coe_r"),
    ("colar-head", "latent-head.embedding"),
  ])
  func referencesWithoutAModelPass(name: String, kind: String) throws {
    let (status, out, error) = try run(["verify", "--reference", Fixtures.path(name)])
    #expect(status == 0 && out.contains("\nok: ") && out.contains("\n\(kind) "), "\(error)")
  }

  @Test func aWrongAggregateFails() throws {
    let folder = try TemporaryFolder()
    for file in try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("aggregators")) {
      try FileManager.default.copyItem(
        atPath: Fixtures.path("aggregators/\(file)"), toPath: folder.file(file))
    }
    let path = URL(fileURLWithPath: folder.file("aggregators.json"))
    var data = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    var cases = try #require(data["pass_at_k"] as? [[String: Any]])
    cases[0]["value"] = 1e-9
    data["pass_at_k"] = cases
    try JSONSerialization.data(withJSONObject: data).write(to: path)
    let (status, out, _) = try run(["verify", "--reference", folder.path])
    #expect(status != 0 && !out.contains("\nok: "), "\(out)")
  }

  /// A row of a prompt's token stays, that of the last is the thought; inside, it looks at the prompt,
  /// at the thoughts before it and at itself.
  @Test(arguments: Fixtures.thoughtModels) func tracesAreOfTheLastToken(name: String) throws {
    let all = try records(
      ["trace"] + prompt(name) + ["-r", "3", "--blocks", "--attention", "--jsonl", "-"])
    let plain = all.filter { $0["norm"] != nil }
    let tokens = plain.compactMap { $0["token"]?.integer }.max() ?? 0
    #expect(plain.count == 4 * (tokens + 1))
    for record in plain where record["iteration"]?.integer ?? 0 > 0 {
      let isLast = record["token"]?.integer == tokens
      #expect((record["residual"]?.number == 0) == !isLast)
    }
    let blocks = all.filter { $0["lens"] != nil }
    #expect(!blocks.isEmpty)
    for record in blocks where record["token"]?.integer == tokens {
      #expect(record["stream_norm"]?.number != nil)
    }
    let attention = all.filter { $0["attention"] != nil && $0["token"]?.integer == tokens }
    #expect(!attention.isEmpty)
    for record in attention {
      let iteration = try #require(record["iteration"]?.integer)
      for head in try #require(record["attention"]?.array) {
        let weights = try #require(head.array).compactMap(\.number)
        #expect(weights.count == tokens + 1 + iteration)
        #expect(abs(weights.reduce(0, +) - 1) < 1e-5)
      }
    }
  }

  @Test func inspectSaysHowTheyThink() throws {
    func inspect(_ path: String) throws -> String { try run(["inspect", path]).out }
    let coconut = try inspect(Fixtures.path("coconut-tiny"))
    #expect(coconut.contains("continuous thoughts (COCONUT) on GPT-2"))
    // Keys and values of 3 layers, 64 wide, once a position.
    #expect(coconut.contains("keys and values 1.5 kB a token or thought: 64 of them = 98.3 kB"))
    #expect(coconut.contains("token ids: start 509, latent 511, end 510"))
    #expect(try inspect(Fixtures.path("codi-tiny")).contains("through a projector of 80"))
    let random = try RandomThoughts(.colar, isTied: true)
    let text = try inspect(random.path)
    #expect(text.contains("continuous thoughts (CoLaR) on Llama") && text.contains("ended by 279"))
    #expect(text.contains("lt_head.log_std"), "what is left alone is said: \(text)")
  }

  /// CoLaR thinks until it says ###, at most 64 times, unless told how often.
  @Test func thoughtsEndWhereTheModelEndsThem() throws {
    let random = try RandomThoughts(.colar, isTied: false)
    let prompt = ["--model", random.path, "--prompt-ids", "3,34,65,96"]
    func first(_ more: [String], _ model: [String]) throws -> JSONValue {
      try #require(
        try records(["generate", "-n", "1", "--no-stop-tokens", "--jsonl"] + model + more).first)
    }
    #expect(try first([], prompt)["iterations"]?.integer == 64)
    #expect(try first(["--steps", "3"], prompt)["iterations"]?.integer == 3)
    // A head that says it where the third thought stands, and nowhere before.
    let saved = try TemporaryFolder()
    _ = try run(["trace"] + prompt + ["-r", "3", "--save", saved.file("s.safetensors")])
    let states = try SafetensorsFile.open(saved.file("s.safetensors")).tensors["states"]
    let values = try #require(states).floats()
    let width = RandomThoughts.width
    let rows = (0...3).map { Array(values[($0 * 4 + 3) * width..<($0 * 4 + 4) * width]) }
    var direction = rows[3]
    var basis: [[Float]] = []
    for row in rows[..<3] {
      var rest = row
      for unit in basis { rest = Self.without(unit, rest) }
      let size = Self.dot(rest, rest).squareRoot()
      basis.append(rest.map { $0 / size })
    }
    for unit in basis { direction = Self.without(unit, direction) }
    let scale = 100 / Self.dot(direction, direction).squareRoot()
    let ending = try RandomThoughts(.colar, isTied: false) { tensors in
      for index in tensors.indices where tensors[index].name == "lm_head.weight" {
        let start = RandomThoughts.stop * width
        tensors[index].values.replaceSubrange(
          start..<start + width, with: direction.map { $0 * scale })
      }
    }
    let model = ["--model", ending.path, "--prompt-ids", "3,34,65,96"]
    let token = try first([], model)
    #expect(token["iterations"]?.integer == 3 && token["id"]?.integer == RandomThoughts.stop)
    #expect(try first(["--steps", "2"], model)["iterations"]?.integer == 2)
    // So do traces, unless they are told how many.
    for (given, last) in [([], 3), (["-r", "5"], 5)] {
      let traced = try records(["trace"] + model + ["--jsonl", "-"] + given)
      #expect(traced.compactMap { $0["iteration"]?.integer }.max() == last)
      // And what is exported, which is the same.
      let exported = try records(["export"] + model + ["--jsonl", "-"] + given)
      #expect(exported.compactMap { $0["iteration"]?.integer }.max() == last)
    }
    // Copies end theirs one by one.
    let copies = try records(
      ["sample"] + model + ["--noise", "0.02", "-n", "12", "--tokens", "3", "--jsonl", "-"]
    )
    .dropLast()
    let counts = copies.compactMap { $0["iterations"]?.integer }
    #expect(counts.count == 12 && Set(counts).count > 1, "\(counts)")
    let alone = try records(
      ["sample"] + model + [
        "--noise", "0.02", "-n", "12", "--tokens", "3", "--batch", "1", "--jsonl", "-",
      ]
    ).dropLast()
    #expect(alone.map { $0.serialized() } == copies.map { $0.serialized() })
  }

  private static func dot(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func without(_ unit: [Float], _ x: [Float]) -> [Float] {
    let share = dot(unit, x)
    return zip(x, unit).map { $0 - share * $1 }
  }

  /// What does not make sense is refused with what would.
  @Test(arguments: [
    (["generate", "--draft-steps", "2"], "thinks once, behind its prompt. Leave it out"),
    (["generate", "--wavefront"], "A wavefront needs iterations of every token"),
    (["generate", "--continuous", "minimal"], "the state of the token before needs iterations"),
    (["generate", "--continuous", "adaptive"], "the state of the token before needs iterations"),
    (["generate", "--gate", "0.5"], "no exit gate"),
    (["generate", "--zero-state"], "cannot start"),
    (["cause", "--corrupt-noise", "0.5"], "Give --corrupt-prompt or --corrupt-ids"),
    (["motion", "--jacobian"], "Leave the Jacobian out"),
  ])
  func whatMakesNoSenseIsSaid(arguments: [String], words: String) throws {
    let (status, out, error) = try run(arguments + prompt("coconut-tiny"))
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  @Test func rulesAndConditionsEndThoughts() throws {
    for arguments in [["--exit", "kl"], ["--exit", "latent-diff=5"], ["--until", "entropy < 3"]] {
      let all = try records(
        ["generate"] + prompt("coconut-tiny") + ["-n", "4", "--jsonl"] + arguments)
      #expect(all.map { $0["id"]?.integer }.first == 510)
      let iterations = all.compactMap { $0["iterations"]?.integer }
      #expect((1...6).contains(iterations[0]) && iterations.dropFirst().allSatisfy { $0 == 0 })
    }
  }

  @Test func causesAndMotionAreOfTheThoughts() throws {
    let cause = try run(
      ["cause"] + prompt("coconut-tiny") + ["--corrupt-ids", "39,73,198,509", "--jsonl", "-"])
    #expect(cause.status == 0, "\(cause.error)")
    let motion = try run(["motion"] + prompt("coconut-tiny") + ["-r", "12"])
    #expect(motion.status == 0 && motion.out.contains("<|start-latent|>"), "\(motion.error)")
  }

  @Test func theirPartsAreTimed() throws {
    let (status, out, error) = try run([
      "bench", "--model", Fixtures.path("coconut-tiny"), "--tokens", "1,4", "--repeat", "1",
    ])
    #expect(status == 0 && out.contains("loop: attn.c_attn.weight "), "\(out)\(error)")
  }

  /// Problems are asked in the model's format, answered in writing behind its thoughts.
  @Test func problemsAreAnsweredBehindThoughts() throws {
    let folder = try TemporaryFolder()
    // What it answers with six thoughts, read as its published code reads it; and what it does not.
    let question = "Ana has $12."
    try folder.write(
      "p.jsonl",
      """
      {"question": "\(question)", "answer": "so it is\\n#### 7"}
      {"question": "\(question)", "answer": "so it is\\n#### 12"}

      """)
    let rows = try records([
      "eval", "--model", Fixtures.path("codi-tiny"), "--problems", folder.file("p.jsonl"), "--r",
      "2,6", "--tokens", "17", "--jsonl", "-",
    ])
    #expect(rows.map { $0["r"]?.integer } == [2, 6] && rows[1]["n"]?.integer == 2)
    // "WbRaRaeed// now nowSnd7eed": one of two.
    #expect(rows[1]["accuracy"]?.number == 0.5 && rows[1]["tokens"]?.number == 17)
    let tasks = try records([
      "eval", "--model", Fixtures.path("codi-tiny"), "--task", "add", "--difficulty", "1", "-n",
      "4",
      "--tokens", "8", "--jsonl", "-",
    ])
    #expect(tasks.map { $0["r"]?.integer } == [1, 2, 3, 4, 5, 6])
    // Every thought costs one position more: the same each time, but for what it looks back at.
    let costs = tasks.compactMap { $0["flops"]?.number }
    #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 < $1 })
    let exit = try run([
      "eval", "--model", Fixtures.path("codi-tiny"), "--task", "add", "--exit", "kl",
    ])
    #expect(exit.status != 0 && exit.error.contains("--r reads answers after so many thoughts"))
  }
}
