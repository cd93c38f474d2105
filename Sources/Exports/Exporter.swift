import Checkpoints

/// One way in which something leaves the program. To add one: a file with its row, and its name in `all`.
public struct Exporter: Sendable {
  /// Takes in the next bytes of a file.
  public typealias Sink = ([UInt8]) throws -> Void

  /// What it is made of.
  public enum Make: Sendable {
    /// Runs, with what it wants of them.
    case runs(
      needs: ExportNeeds, @Sendable (_ runs: ExportedRuns, _ sink: Sink) throws -> Void)
    /// The picture of a screen, or of a part of it.
    case picture(@Sendable (Picture) throws -> [UInt8])
    /// Such pictures, one after another.
    case film(@Sendable (Film) throws -> [UInt8])
  }

  /// What it is called where it is typed.
  public let name: String
  /// How names of its files end, without the point.
  public let ending: String
  /// What it is, as the end of a sentence.
  public let explanation: String
  public let make: Make

  /// The table.
  public static let all: [Exporter] = [
    .jsonLines, .csv, .npz, .page, .svg, .png, .text, .ansi, .cast,
  ]

  /// The one of a name; nil if there is none.
  public static func named(_ name: String) -> Exporter? { all.first { $0.name == name } }

  /// The one that a file's name asks for by its ending; nil if none does.
  public static func forFile(_ path: String) -> Exporter? {
    all.first { path.lowercased().hasSuffix("." + $0.ending) }
  }

  /// What it wants of runs.
  public var needs: ExportNeeds {
    if case .runs(let needs, _) = make { needs } else { [] }
  }
}

/// What an exporter is given.
public enum ExportContent: Sendable {
  case runs(ExportedRuns)
  case picture(Picture)
  case film(Film)
}

/// Something that cannot be exported, and what would work.
public struct ExportError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  /// - Parameter description: whole sentences for a person.
  public init(_ description: String) { self.description = description }
}

extension Exporter {
  /// Hands the bytes of a file on, piece by piece.
  /// - Throws: `ExportError`, and what the sink throws.
  public func write(_ content: ExportContent, to sink: Sink) throws {
    switch (make, content) {
    case (.runs(_, let make), .runs(let runs)): try make(runs, sink)
    case (.picture(let make), .picture(let picture)): try sink(try make(picture))
    case (.film(let make), .film(let film)): try sink(try make(film))
    default: throw ExportError("\(name) is not made of what it was given.")
    }
  }

  /// All of its bytes.
  /// - Throws: `ExportError`.
  public func bytes(_ content: ExportContent) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try write(content) { bytes += $0 }
    return bytes
  }

  /// Writes a file whole, or leaves what is there.
  /// - Parameter replaces: whether a file that is there may be replaced.
  /// - Returns: how many bytes it has.
  /// - Throws: `ExportError` where a file is there, `OutputError`.
  @discardableResult
  public func write(
    _ content: ExportContent, toFile path: String, replaces: Bool
  ) throws -> Int {
    if !replaces { try ExportTarget.checkFree(path) }
    let file = try OutputFile(path)
    var count = 0
    try write(content) { bytes in
      count += bytes.count
      try file.write(bytes)
    }
    try file.finish()
    return count
  }
}
