import Checkpoints
import Tensors

/// A directory of reference numbers: `golden.json` with prompts and tolerances, and
/// `golden.safetensors` with the tensors of each prompt under `pK.`.
public struct ReferenceCase: Sendable {
  public struct Prompt: Sendable {
    /// Its prefix in the tensor file: `p0`.
    public let key: String
    public let name: String
  }

  /// The largest deviations allowed, as the reference states them.
  public struct Tolerance: Sendable {
    public let states: [Float]  // [iterations]
    public let logits: [Float]  // [iterations]
    public let entropy: Float
    public let kl: Float
    public let normsRelative: Float
  }

  public let directory: String
  public let iterations: Int
  public let prompts: [Prompt]
  public let tolerance: Tolerance
  public let json: JSONValue
  public let tensors: SafetensorsFile

  /// Reads a reference directory.
  /// - Throws: `ReferenceError` or `CheckpointError`: what is missing, and where.
  public init(directory: String) throws {
    self.directory = directory
    let path = directory + "/golden.json"
    json = try JSONValue(readingFile: path)
    tensors = try SafetensorsFile.open(directory + "/golden.safetensors")
    guard let iterations = json["R"]?.integer, iterations > 0, iterations < 1 << 20 else {
      throw ReferenceError(path: path, problem: "has no iteration count R")
    }
    self.iterations = iterations
    let names = (json["prompts"]?.array ?? []).map { $0["name"]?.string ?? "" }
    prompts = names.enumerated().map { Prompt(key: "p\($0.offset)", name: $0.element) }
    guard !prompts.isEmpty else { throw ReferenceError(path: path, problem: "has no prompts") }
    tolerance = try Self.tolerance(json["tolerance"], iterations: iterations, path: path)
  }

  /// A tolerance that only some families have.
  func tolerance(_ key: String) -> Float? {
    json["tolerance"]?[key]?.number.flatMap { $0 >= 0 && Float($0).isFinite ? Float($0) : nil }
  }

  private static func tolerance(
    _ json: JSONValue?, iterations: Int, path: String
  ) throws(ReferenceError) -> Tolerance {
    func number(_ key: String) throws(ReferenceError) -> Float {
      // Checked as it is used: what is infinite in float32 would let every number pass.
      guard let value = json?[key]?.number, value >= 0, Float(value).isFinite else {
        throw ReferenceError(path: path, problem: "has no tolerance.\(key)")
      }
      return Float(value)
    }
    func series(_ key: String) throws(ReferenceError) -> [Float] {
      let values = (json?["\(key)_by_iteration"]?.array ?? []).compactMap(\.number)
        .map { Float($0) }.filter { $0 >= 0 && $0.isFinite }
      if values.count == iterations { return values }
      return [Float](repeating: try number(key), count: iterations)
    }
    return Tolerance(
      states: try series("states_abs"), logits: try series("logits_abs"),
      entropy: try number("entropy_abs"), kl: try number("kl_abs"),
      normsRelative: try number("norms_rel"))
  }
}

/// A reference directory that cannot be used.
public struct ReferenceError: Error, CustomStringConvertible {
  public let path: String
  public let problem: String
  /// Where the format is described.
  var format = "the format is described in Tests/TestSupport/Fixtures/README.md"
  public var description: String { "\(path) \(problem); \(format)." }
}
