import Checkpoints

/// Which shards of a plan are there.
public struct MergedShards {
  private var names: [Shard: String] = [:]
  /// What the first file is called; empty before it.
  private(set) var first = ""

  public init() {}

  /// What to do about a file that is not whole.
  static let again = "copy the file again or run this part again"

  public mutating func add(_ shard: Shard, name: String) {
    names[shard] = name
    if first.isEmpty { first = name }
  }

  /// Sees that a shard may be added to those that are here.
  /// - Parameter refuse: what is thrown, with the reason in it.
  public func check(_ shard: Shard, _ refuse: (String) -> ResultFailure) throws {
    if let other = names.keys.first, other.count != shard.count {
      throw refuse(
        "is of shard \(shard), the files before of \(other.count) shards; merge parts of one "
          + "command")
    }
    if let other = names[shard] {
      throw refuse("is of shard \(shard), which \(DisplayText.escape(other)) holds already")
    }
  }

  /// - Throws: where one is missing, or all are.
  public func checkComplete() throws(ResultFailure) {
    guard let count = names.keys.first?.count else {
      throw ResultFailure(name: "--merge", line: nil, problem: "was given no files")
    }
    guard names.count < count else { return }
    let present = Set(names.keys.map(\.index))
    let missing = (0..<count).lazy.filter { !present.contains($0) }
    let named = missing.prefix(8).map { "\($0)/\(count)" }.joined(separator: ", ")
    let more = count - names.count - 8
    throw ResultFailure(
      name: "--merge", line: nil,
      problem: "lacks the results of shard \(named)" + (more > 0 ? " and \(more) more" : ""))
  }
}
