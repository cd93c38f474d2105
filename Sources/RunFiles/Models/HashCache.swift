import Checkpoints
import Foundation
import Tensors

/// SHA-256 hashes of files, remembered from session to session in `$XDG_CACHE_HOME/muninn/hashes.json`:
/// the weights of a model may take a minute to read. A file counts as the same as long as its path, its
/// size, and the time it was changed are. Nothing of it is needed: what cannot be read or written is done
/// without.
public struct HashCache: Sendable {
  private struct Entry: Codable {
    var bytes: Int
    /// Nanoseconds since 1970.
    var changed: Int
    var sha256: String
  }

  private static let mostEntries = 1000

  /// nil where there is no place for it.
  private let folder: String?

  /// - Parameter environment: where `XDG_CACHE_HOME` and `HOME` are looked up.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func absolute(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    folder = (absolute("XDG_CACHE_HOME") ?? absolute("HOME").map { $0 + "/.cache" })
      .map { $0 + "/muninn" }
  }

  private var path: String? { folder.map { $0 + "/hashes.json" } }

  /// The hash of a file in hexadecimal, read where it is not remembered.
  /// - Throws: `CheckpointError` where it cannot be read.
  public func hash(of file: String) throws(CheckpointError) -> String {
    let place = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    let stamp = Self.stamp(place)
    if let known = entries[place], knows(file) { return known.sha256 }
    let hash = ModelIdentity.hash(try MappedFile.open(place))
    if let stamp, let after = Self.stamp(place), after == stamp {
      remember(Entry(bytes: stamp.bytes, changed: stamp.changed, sha256: hash), of: place)
    }
    return hash
  }

  /// Whether the hash of a file is remembered, so that telling it takes no reading.
  public func knows(_ file: String) -> Bool {
    let place = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    guard let stamp = Self.stamp(place), let known = entries[place] else { return false }
    return known.bytes == stamp.bytes && known.changed == stamp.changed
  }

  private static func stamp(_ path: String) -> (bytes: Int, changed: Int)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let changed = status.st_mtim
    return (Int(status.st_size), changed.tv_sec &* 1_000_000_000 &+ changed.tv_nsec)
  }

  private var entries: [String: Entry] {
    guard let path, let bytes = try? MappedFile.read(path, limit: 1 << 22),
      let entries = try? JSONDecoder().decode([String: Entry].self, from: Data(bytes))
    else { return [:] }
    return entries
  }

  private func remember(_ entry: Entry, of file: String) {
    guard let folder, let path else { return }
    var all = entries
    // A list that was never tidied begins anew.
    if all.count >= Self.mostEntries { all = [:] }
    all[file] = entry
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    guard let data = try? encoder.encode(all) else { return }
    try? OutputFolder.make(folder)
    try? OutputFile.write(Array(data), to: path)
  }
}
