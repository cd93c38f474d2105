import Checkpoints
import Tensors

/// A directory of reference numbers for continuous thoughts: `golden.json` with prompts and the ids
/// that were written, and `golden.safetensors` with thoughts, noise, masks and logits under `pK.`.
public struct ThoughtReference: Sendable {
  /// One way of running a prompt, and what the files call it.
  struct Way: Sendable {
    /// The prefix of its tensors.
    let key: String
    /// Under which name the json has the ids; the first that is there counts.
    let written: [String]

    static let plain = Way(key: "det", written: ["deterministic", "det"])
    static let noisy = Way(key: "agn", written: ["agn"])
  }

  public let directory: String
  /// Thoughts of every run.
  public let thoughts: Int
  /// Chance that an element was dropped, where masks are given.
  let dropout: Double
  let json: JSONValue
  let tensors: SafetensorsFile
  let prompts: [JSONValue]

  /// Whether a document is of this kind.
  public static func recognises(_ json: JSONValue) -> Bool { json["n_latents"] != nil }

  /// Reads a reference directory.
  /// - Throws: `ReferenceError` or `CheckpointError`: what is missing, and where.
  public init(directory: String) throws {
    self.directory = directory
    let path = directory + "/golden.json"
    json = try JSONValue(readingFile: path)
    tensors = try SafetensorsFile.open(directory + "/golden.safetensors")
    guard let count = json["n_latents"]?.integer, (1...1 << 12).contains(count) else {
      throw ReferenceError(path: path, problem: "has no number n_latents of thoughts")
    }
    thoughts = count
    let chance = json["dropout_p"]?.number ?? 0
    guard chance >= 0, chance < 1 else {
      throw ReferenceError(path: path, problem: "has a dropout_p of \(chance), no chance below 1")
    }
    dropout = chance
    prompts = json["prompts"]?.array ?? []
    guard !prompts.isEmpty else { throw ReferenceError(path: path, problem: "has no prompts") }
  }

  /// Whether it has scores and beams of a judge.
  public var isJudged: Bool {
    names.contains { name in
      ThoughtVerifier.isJudged(name.split(separator: ".").dropFirst().joined(separator: "."))
    }
  }

  /// Allowed deviations: as stated, else those that the reference was made with in mind, for states
  /// of about unit size.
  func tolerance(_ key: String) -> Float {
    if let stated = json["tolerance"]?[key]?.number, stated >= 0, Float(stated).isFinite {
      return Float(stated)
    }
    return ["logits", "scores"].contains(key) ? 2e-4 : 1e-4
  }

  /// The names of all tensors.
  var names: [String] { (Array(tensors.tensors.keys) + tensors.skipped.keys).sorted() }
}
