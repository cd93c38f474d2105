import Checkpoints
import Crypto
import Foundation
import Tensors

/// Which model it was, told by its bytes and not by its name.
public struct ModelIdentity: Codable, Sendable, Hashable {
  /// A file of weights.
  public struct Weights: Codable, Sendable, Hashable {
    public let name: String
    public let bytes: Int
    /// SHA-256, in hexadecimal.
    public let sha256: String

    public init(name: String, bytes: Int, sha256: String) {
      self.name = name
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  public let name: String
  /// How numbers were rounded: `exact`, `fast`, `int8`, `int4`.
  public let precision: String
  /// SHA-256 of the configuration as this program writes it on one line, in hexadecimal.
  public let configuration: String
  public let weights: [Weights]

  public init(name: String, precision: String, configuration: String, weights: [Weights]) {
    self.name = name
    self.precision = precision
    self.configuration = configuration
    self.weights = weights
  }

  /// Reads all bytes of a model, but for files whose hashes are remembered.
  /// - Throws: `CheckpointError` where a file cannot be read any more.
  public init(
    of checkpoint: Checkpoint, precision: Precision, remembering cache: HashCache = HashCache()
  ) throws(CheckpointError) {
    name = checkpoint.name
    self.precision = precision.rawValue
    configuration = SHA256.hash(data: Data(checkpoint.configuration.serialized().utf8)).hexadecimal
    var weights: [Weights] = []
    for file in checkpoint.files {
      let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
      // What is inside the program lies in no folder.
      let inside = checkpoint.tensors.values.first { $0.region.path == nil }?.region
      let hash =
        if let inside { Self.hash(inside) } else { try cache.hash(of: file.path) }
      weights.append(Weights(name: name, bytes: file.byteCount, sha256: hash))
    }
    self.weights = weights
  }

  /// SHA-256 of all bytes, in hexadecimal.
  static func hash(_ region: ByteRegion) -> String {
    var hash = SHA256()
    let piece = 1 << 22
    for start in stride(from: 0, to: region.count, by: piece) {
      let range = start..<min(region.count, start + piece)
      region.prepareToRead(range)
      region.withBytes(in: range) { hash.update(bufferPointer: $0) }
      region.giveBack(range)
    }
    return hash.finalize().hexadecimal
  }

  /// Bytes of its files of weights, in their order.
  public var bytes: [Int] { weights.map(\.bytes) }

  /// Files that hold the same weights in other bytes, the older one first: that of the model inside the
  /// program was without a rotary table at first, which nothing here reads.
  private static let sameWeights = [
    "f1808908dd78a49e9ebaf11e14bf8acc0bc61f5709cefd6672ce966152159b92":
      "f147e04d23a34a362f5d8b72a8ccbd03b9fcc84feb32814555433b0fd98a7519"
  ]

  private var hashes: Set<String> {
    Set(weights.map { Self.sameWeights[$0.sha256] ?? $0.sha256 })
  }

  /// Whether files of these sizes may hold its weights; where they cannot, they need not be read.
  public func mayBe(ofSizes sizes: [Int]) -> Bool {
    bytes == sizes || weights.contains { Self.sameWeights[$0.sha256] != nil }
  }

  /// In what the model at hand is another than this one was, as the end of a sentence; nil where runs of
  /// the one are runs of the other.
  public func difference(from other: ModelIdentity) -> String? {
    if hashes != other.hashes {
      return "its weights are others (\(Self.short(weights)), here \(Self.short(other.weights)))"
    }
    if configuration != other.configuration { return "its configuration is another" }
    if precision != other.precision {
      return "it ran with --precision \(precision), here it is \(other.precision)"
    }
    return nil
  }

  /// It beside another one, in a few words: its name, and what tells the two apart.
  public func label(beside other: ModelIdentity) -> String {
    let name = DisplayText.escape(String(self.name.prefix(60)))
    if Set(weights.map(\.sha256)) != Set(other.weights.map(\.sha256)) {
      return "\(name) \(weights.first.map { String($0.sha256.prefix(8)) } ?? "without weights")"
    }
    return precision != other.precision
      ? "\(name) in \(precision)" : "\(name), configured otherwise"
  }

  private static func short(_ weights: [Weights]) -> String {
    let first = weights.first.map { "sha256 \($0.sha256.prefix(12))" } ?? "none"
    return weights.count > 1 ? "\(first) and \(weights.count - 1) more" : first
  }
}

extension SHA256.Digest {
  /// In 64 digits.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".unicodeScalars)
    var text = String.UnicodeScalarView()
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(text)
  }
}
