import Checkpoints

/// How a judge is trained; with data and first weights it decides every byte.
public struct RewardSettings: Sendable, Equatable {
  public var objective = RewardObjective.contrastive
  public var epochs = 10
  /// The largest learning rate of AdamW.
  public var rate = 1e-4
  /// Questions of a step, all their rollouts together.
  public var batch = 16
  public var seed: UInt64 = 1
  /// Share of the questions that are measured on and not learned from.
  public var validation = 0.2

  public init() {}

  var json: JSONValue {
    .members([
      ("loss", .string(objective.rawValue)), ("epochs", .integer(epochs)),
      ("rate", .number(rate)), ("batch", .integer(batch)), ("seed", .string(String(seed))),
      ("validation", .number(validation)),
    ])
  }

  /// The first thing in which another's say something else, as people write options; nil for none.
  func difference(from json: JSONValue) -> String? {
    for member in self.json.members ?? [] {
      let other = json[member.name]?.serialized() ?? "nothing"
      if other != member.value.serialized() {
        return "--\(member.name) is \(member.value.serialized()), and was \(other)"
      }
    }
    return nil
  }
}
