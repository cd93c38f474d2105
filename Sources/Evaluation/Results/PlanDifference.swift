import Checkpoints

/// In what two plans differ.
public enum PlanDifference {
  /// `samples 16, not 8; seed 1, not 0`; empty where they say the same. What names of members mean is
  /// said by whoever wrote them.
  public static func words(_ found: JSONValue, beside own: JSONValue) -> String {
    guard let foundMembers = found.members, let ownMembers = own.members else {
      return found.serialized() == own.serialized() ? "" : "no plan"
    }
    var names: [String] = []
    for name in (ownMembers + foundMembers).map(\.name) where !names.contains(name) {
      names.append(name)
    }
    let differing = names.filter { found[$0]?.serialized() != own[$0]?.serialized() }
    let words = differing.prefix(most).map { name in
      let (theirs, ours) = (found[name], own[name])
      return DisplayText.escape(String(name.prefix(40)))
        + " \(value(theirs, beside: ours)), not \(value(ours, beside: theirs))"
    }
    let more = differing.count - words.count
    return words.joined(separator: "; ") + (more > 0 ? " and \(more) more" : "")
  }

  /// Differences that are named one by one.
  private static let most = 4

  /// Of long lists only what the other has not.
  private static func value(_ value: JSONValue?, beside other: JSONValue?) -> String {
    guard var value else { return "nothing" }
    if let elements = value.array, value.serialized().utf8.count > 80 {
      let others = Set((other?.array ?? []).map { $0.serialized() })
      value = .array(elements.filter { !others.contains($0.serialized()) })
    }
    return DisplayText.escape(value.shown)
  }
}
