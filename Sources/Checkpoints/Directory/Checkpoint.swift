import Foundation
import Tensors

/// A model as published: configuration, tensors and tokenizer, read in place.
///
/// Nothing is converted or copied; tensors point into mapped files, or into the program itself for
/// the embedded model. What the tensors mean is for the model families to say.
public struct Checkpoint: Sendable {
  /// One weight file.
  public struct File: Sendable, Equatable {
    /// Where it lies.
    public let path: String
    /// Its size in bytes.
    public let byteCount: Int
  }

  /// The tokenizer of a checkpoint, or why there is none.
  public enum TokenizerState: Sendable {
    case present(Tokenizer)
    case missing
    /// A tokenizer.json is there, but cannot be used; the error says why.
    case unreadable(CheckpointError)
  }

  /// The name to display, such as `org/name`, a folder's name, or `embedded`.
  public private(set) var name: String
  /// The folder or file it was read from.
  public let source: String
  /// `config.json`.
  public private(set) var configuration: JSONValue
  /// `generation_config.json`, when there is one.
  public let generationConfiguration: JSONValue?
  /// The floating-point tensors, by name.
  public let tensors: [String: StoredTensor]
  /// Tensors of other element types, by name, each with the reason it is skipped.
  public let skipped: [String: SkippedTensor]
  /// The weight files.
  public let files: [File]
  /// Oddities that do no harm but should be said, whole sentences.
  public let remarks: [String]
  /// What was lost or overridden in reading, so that every command should say it; whole sentences.
  public let warnings: [String]
  /// The tokenizer, or why there is none.
  public let tokenizer: TokenizerState
  /// The chat template, or why it cannot be used.
  public let chatTemplate: ChatTemplate.State

  /// The same weights with another value in the configuration, as if the file said so.
  /// - Parameter suffix: what the name has behind it, so that the two are told apart.
  public func configured(_ key: String, _ value: JSONValue, suffix: String) -> Checkpoint {
    guard case .object(let members) = configuration else { return self }
    var other = self
    other.configuration = .object(
      members.filter { $0.name != key } + [JSONMember(key, value)])
    other.name += suffix
    return other
  }

  /// Where `config.json` lies.
  public var configurationPath: String {
    let folder =
      source.hasSuffix(".safetensors")
      ? URL(fileURLWithPath: source).deletingLastPathComponent().path : source
    return folder + "/config.json"
  }

  /// Bytes of all floating-point tensors.
  public var tensorByteCount: Int {
    tensors.values.reduce(0) { $0 + $1.count * $1.elementType.size }
  }

  /// Opens a model: a folder, a `.safetensors` file with `config.json` beside it, or `org/name`
  /// (`org/name@revision`) in the local hub cache. Never uses the network.
  /// - Throws: `CheckpointError`; for a model that is not in the cache it holds the command that
  ///   fetches it. A tokenizer that cannot be read is no error here, see `tokenizer`.
  public static func open(
    _ reference: String, revision: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(CheckpointError) -> Checkpoint {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: reference, isDirectory: &isFolder) {
      guard revision == nil else {
        throw CheckpointError(
          .mismatch, file: reference, "A revision was given, but this is a local path.")
      }
      let name = URL(fileURLWithPath: reference).lastPathComponent
      return isFolder.boolValue
        ? try folder(reference, name: name, advice: nil)
        : try file(reference, name: name)
    }
    if let error = MappedFile.lostTarget(of: reference) { throw error }
    var status = stat()
    if stat(reference, &status) != 0, errno == EACCES {
      throw CheckpointError(
        .inaccessible, file: reference,
        "The path cannot be looked at: \(MappedFile.reason(EACCES)).")
    }
    guard let hub = HubCache.Reference(reference, revision: revision) else {
      throw CheckpointError(
        .missing, file: reference, "There is no such file or folder.",
        advice: "Name a model folder, a .safetensors file, or org/name of the hub.")
    }
    let snapshot = try HubCache(environment: environment).snapshot(of: hub)
    return try folder(
      snapshot, name: hub.repository,
      advice: "Resume the download with: \(hub.downloadCommand)")
  }

  private static func folder(
    _ path: String, name: String, advice: String?
  ) throws(CheckpointError) -> Checkpoint {
    let companions = try Companions(folder: path, advice: advice)
    return Checkpoint(
      name: name, source: path, weights: try .inFolder(path, advice: advice),
      companions: companions)
  }

  private static func file(_ path: String, name: String) throws(CheckpointError) -> Checkpoint {
    guard path.hasSuffix(".safetensors") else {
      throw CheckpointError(
        .unsupported, file: path, "Weights are read from .safetensors files only.",
        advice: "Name the model folder or its .safetensors file.")
    }
    var weights = WeightFiles()
    weights.add(try SafetensorsFile.open(path))
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return Checkpoint(
      name: name, source: path, weights: weights,
      companions: try Companions(folder: folder, advice: nil))
  }

  init(name: String, source: String, weights: WeightFiles, companions: Companions) {
    self.name = name
    self.source = source
    configuration = companions.configuration
    generationConfiguration = companions.generation
    tensors = weights.tensors
    skipped = weights.skipped
    files = weights.files
    remarks = weights.remarks
    warnings = weights.warnings + companions.warnings
    tokenizer = companions.tokenizer
    chatTemplate = companions.chatTemplate
  }

  /// Reads a JSON document of a model: what Python writes, numbers that are not finite included.
  static func document(_ path: String) throws(CheckpointError) -> JSONValue {
    try document(MappedFile.read(path), path: path)
  }

  /// Parses a JSON document that must be an object.
  static func document(
    _ bytes: [UInt8], path: String, allowsPythonNumbers: Bool = true
  ) throws(CheckpointError) -> JSONValue {
    do throws(JSONError) {
      let value = try JSONValue(parsing: bytes, allowsPythonNumbers: allowsPythonNumbers)
      guard value.members != nil else {
        throw JSONError(offset: 0, message: "\(value.kind) where an object was expected")
      }
      return value
    } catch {
      throw CheckpointError(.damaged, file: path, "The file is \(error).")
    }
  }
}
