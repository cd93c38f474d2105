import Checkpoints
import Tensors

/// A directory of reference numbers for what happens inside an iteration: `inside.json` with prompts
/// and tolerances, and `inside.safetensors` with tensors under `pK.`, `surgery.` and `causal.`.
public struct InsideReference: Sendable {
  public struct Prompt: Sendable {
    /// Its prefix in the tensor file: `p0`.
    public let key: String
    public let name: String
    /// The iterations that were looked into, from 1.
    public let iterations: [Int]
    public let json: JSONValue
  }

  public let directory: String
  /// The last iteration.
  public let iterations: Int
  /// Where most edits act, and where one token is frozen.
  public let half: Int
  public let quarter: Int
  public let prompts: [Prompt]
  public let json: JSONValue
  public let tensors: SafetensorsFile

  /// Iterations a reference may have.
  private static let most = 1 << 16

  /// Reads a reference directory.
  /// - Throws: `ReferenceError` or `CheckpointError`: what is missing, and where.
  public init(directory: String) throws {
    self.directory = directory
    let path = directory + "/inside.json"
    json = try JSONValue(readingFile: path)
    tensors = try SafetensorsFile.open(directory + "/inside.safetensors")
    let json = json
    func count(_ key: String, in range: ClosedRange<Int>) throws(ReferenceError) -> Int {
      guard let value = json[key]?.integer, range.contains(value) else {
        throw ReferenceError(
          path: path,
          problem: "has no number \(key) from \(range.lowerBound) to \(range.upperBound)",
          format: Self.format)
      }
      return value
    }
    iterations = try count("R", in: 1...Self.most)
    half = try count("half", in: 0...iterations)
    quarter = try count("quarter", in: 0...iterations)
    let last = iterations
    prompts = (json["prompts"]?.array ?? []).enumerated().map { place, prompt in
      Prompt(
        key: "p\(prompt["index"]?.integer ?? place)", name: prompt["name"]?.string ?? "\(place)",
        iterations: (prompt["iterations"]?.array ?? []).compactMap(\.integer)
          .filter { (1...last).contains($0) }, json: prompt)
    }
    guard !prompts.isEmpty else {
      throw ReferenceError(path: path, problem: "has no prompts", format: Self.format)
    }
  }

  /// Where the format is described.
  private static let format = "the format is described in Tests/TestSupport/Fixtures/README.md"

  /// Allowed deviation of a quantity, absolute unless its name says otherwise; nil where none is
  /// stated.
  public func tolerance(_ key: String) -> Float? {
    // What is infinite in float32 would let every number pass.
    json["tolerance"]?[key]?.number.flatMap { $0 >= 0 && Float($0).isFinite ? Float($0) : nil }
  }

  /// The names of all tensors.
  public var names: [String] { (Array(tensors.tensors.keys) + tensors.skipped.keys).sorted() }
}
