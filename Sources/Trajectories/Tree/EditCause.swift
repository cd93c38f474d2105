import LatentModels

/// An edit as what made a run: with everything it takes from others. Two are the same when they write
/// the same from the same runs, whatever these were called.
public struct EditCause: Sendable, Hashable {
  /// Other runs are called by their place in `runs`: `16:8 := 16:8@0`.
  public let edit: Edit
  /// What made the runs it takes something from.
  public let runs: [Lineage]

  /// - Parameter lineage: what a run is that the edit names.
  public init(_ edit: Edit, naming lineage: (String) throws -> Lineage) rethrows {
    var runs: [Lineage] = []
    var numbers: [String: Int] = [:]
    for name in edit.runs {
      let run = try lineage(name)
      numbers[name] = runs.firstIndex(of: run) ?? runs.count
      if !runs.contains(run) { runs.append(run) }
    }
    var edit = edit
    edit.value = edit.value.map { source in
      var source = source
      source.run = source.run.flatMap { numbers[$0] }.map(String.init)
      return source
    }
    (self.edit, self.runs) = (edit, runs)
  }

  /// An edit that takes nothing from other runs; nil where it does.
  public init?(_ edit: Edit) {
    guard edit.runs.isEmpty else { return nil }
    (self.edit, runs) = (edit, [])
  }

  /// The run that a source is of; nil for the run that is edited.
  package func lineage(of source: EditSource) -> Lineage? {
    source.run.flatMap { Int($0) }.flatMap { runs.indices.contains($0) ? runs[$0] : nil }
  }
}

extension EditCause: Codable {
  private enum Keys: String, CodingKey {
    case edit
    case runs
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    edit = try fields.decode(Edit.self, forKey: .edit)
    runs = try fields.decodeIfPresent([Lineage].self, forKey: .runs) ?? []
    let known = Set(runs.indices.map(String.init))
    guard edit.runs.allSatisfy(known.contains) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "the edit names a run that is not beside it"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    try fields.encode(edit, forKey: .edit)
    if !runs.isEmpty { try fields.encode(runs, forKey: .runs) }
  }
}
