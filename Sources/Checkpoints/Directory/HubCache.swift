import Foundation

/// Finds models in the local cache of the Hugging Face hub. Reads folders only; never the network.
public struct HubCache: Sendable {
  /// The folder that holds `models--ORG--NAME`.
  public let root: String

  /// The cache of an environment: `HF_HUB_CACHE`, else `HF_HOME/hub`, else
  /// `XDG_CACHE_HOME/huggingface/hub`, else `~/.cache/huggingface/hub`; `~`, `$NAME` and `${NAME}`
  /// in them are expanded as the hub's own library does.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func set(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    let path = PathExpansion(environment: environment)
    let home =
      set("HF_HOME") ?? (set("XDG_CACHE_HOME") ?? path.home + "/.cache") + "/huggingface"
    root = path.expand(
      set("HF_HUB_CACHE") ?? set("HUGGINGFACE_HUB_CACHE") ?? path.expand(home) + "/hub")
  }

  /// A model name as the hub writes it.
  public struct Reference: Sendable, Equatable {
    /// Organisation and name, `org/name`.
    public let repository: String
    /// Branch, tag or commit, when one was named.
    public let revision: String?

    /// Reads `org/name` or `org/name@revision`; nil for anything else.
    public init?(_ text: String, revision: String? = nil) {
      let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy(Self.isName) else { return nil }
      let named = halves.count == 2 ? String(halves[1]) : nil
      guard named != "" else { return nil }
      repository = String(halves[0])
      self.revision = revision ?? named
    }

    private static func isName(_ part: Substring) -> Bool {
      !part.isEmpty && part != "." && part != ".." && !part.contains("--")
        && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    }

    /// The command that fetches the model.
    public var downloadCommand: String {
      "hf download \(repository)" + (revision.map { " --revision \($0)" } ?? "")
    }
  }

  /// The snapshot folder of a model.
  /// - Throws: `CheckpointError` of kind `.missing` with the command that would fetch it.
  public func snapshot(of reference: Reference) throws(CheckpointError) -> String {
    let advice = "Fetch it with: \(reference.downloadCommand)"
    let folder =
      root + "/models--" + reference.repository.replacingOccurrences(of: "/", with: "--")
    guard try isFolder(folder) else {
      throw CheckpointError(
        .missing, file: folder,
        "The model \(reference.repository) is not in the local hub cache.", advice: advice)
    }
    let revision = reference.revision ?? "main"
    let safe = revision.split(separator: "/", omittingEmptySubsequences: false)
    guard safe.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw CheckpointError(.missing, file: folder, "'\(revision)' is no name of a revision.")
    }
    var commit = revision
    let pointer = folder + "/refs/" + revision
    if FileManager.default.fileExists(atPath: pointer) {
      let bytes = try MappedFile.read(pointer, limit: 4096)
      commit = String(decoding: bytes, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      guard !commit.isEmpty, commit.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
      else {
        throw CheckpointError(
          .damaged, file: pointer, "The file does not hold the name of a commit.", advice: advice)
      }
    }
    let snapshot = folder + "/snapshots/" + commit
    guard try isFolder(snapshot) else {
      let present =
        (try? FileManager.default.contentsOfDirectory(atPath: folder + "/snapshots"))?.sorted()
        ?? []
      let known =
        present.isEmpty
        ? "no revision" : "the revisions " + present.prefix(5).joined(separator: ", ")
      throw CheckpointError(
        .missing, file: folder,
        "The revision \(revision) of \(reference.repository) is not in the local hub cache, which"
          + " holds \(known).", advice: advice)
    }
    return snapshot
  }

  private func isFolder(_ path: String) throws(CheckpointError) -> Bool {
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
    guard errno != EACCES else {
      throw CheckpointError(
        .inaccessible, file: path,
        "The hub cache cannot be looked at: \(MappedFile.reason(EACCES)).")
    }
    return false
  }
}
