import Checkpoints

/// Reads keys of a config.json with their aliases and defaults, and remembers what was assumed, what
/// was overridden, and which keys nobody asked for.
///
/// A key that is there in a form that is not read is an error: a default in its place would be
/// another model without a word.
final class ConfigurationReader {
  private let json: JSONValue
  private(set) var assumed: [(key: String, value: String)] = []
  /// What the file says and this program, as the models' own code, does not act on; clauses.
  private(set) var warnings: [String] = []
  private var known: Set<String> = []

  init(_ json: JSONValue) { self.json = json }

  func warn(_ text: String) { warnings.append(text) }

  /// A key of the outermost object, unless it is absent or null.
  func value(_ name: String) -> JSONValue? {
    known.insert(name)
    return json.present(name)
  }

  /// Whether a key is present and not null.
  func has(_ name: String) -> Bool { value(name) != nil }

  /// An object under a key.
  func object(_ name: String) throws(ModelError) -> JSONValue? {
    guard let value = value(name) else { return nil }
    guard value.members != nil else {
      throw .configuration(key: name, problem: "is \(value.shown), not an object")
    }
    return value
  }

  /// A string under a key.
  func text(_ name: String) throws(ModelError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.string else {
      throw .configuration(key: name, problem: "is \(value.shown), not a string")
    }
    return text
  }

  /// The value under the first of some names of one thing.
  /// - Parameters:
  ///   - names: read by the models' own code; two that disagree are an error.
  ///   - foreign: what other families call it. Read, and said, where all of `names` are missing; else
  ///     said where it disagrees.
  func find(
    _ names: [String], foreign: [String] = []
  ) throws(ModelError) -> (name: String, value: JSONValue)? {
    let own = names.compactMap { name in value(name).map { (name: name, value: $0) } }
    let others = foreign.compactMap { name in value(name).map { (name: name, value: $0) } }
    guard let first = own.first else {
      guard let other = others.first else { return nil }
      warn("\(names[0]) is missing; \(other.name), \(other.value.shown), is used")
      return other
    }
    for other in own.dropFirst() where !other.value.isSame(as: first.value) {
      throw .configuration(
        key: first.name,
        problem: "is \(first.value.shown), but \(other.name) is \(other.value.shown), and both name"
          + " one thing")
    }
    for other in others where !other.value.isSame(as: first.value) {
      warn(
        "\(other.name) is \(other.value.shown); models of this kind read \(first.name), which is "
          + first.value.shown)
    }
    return first
  }

  /// An integer ≥ 1 under the first of `names` that is present.
  func positive(
    _ names: String..., foreign: [String] = [], default fallback: Int? = nil
  ) throws(ModelError) -> Int {
    try integer(names, foreign: foreign, least: 1, fallback: fallback)
  }

  /// A number of layers. A bound keeps a damaged file from asking for millions of tensors.
  func layers(_ name: String, least: Int) throws(ModelError) -> Int {
    let number = try integer([name], foreign: [], least: least, fallback: nil)
    guard number <= 10_000 else {
      throw .configuration(key: name, problem: "is \(number); no model has so many layers")
    }
    return number
  }

  private func integer(
    _ names: [String], foreign: [String], least: Int, fallback: Int?
  ) throws(ModelError) -> Int {
    guard let (name, value) = try find(names, foreign: foreign) else {
      guard let fallback else {
        throw .configuration(key: names.joined(separator: " or "), problem: "is missing")
      }
      assumed.append((names[0], String(fallback)))
      return fallback
    }
    return try Self.whole(value, key: name, least: least)
  }

  /// A whole number; sizes past a bound are a damaged file, and products of them stay inside Int.
  static func whole(_ value: JSONValue, key: String, least: Int) throws(ModelError) -> Int {
    guard let number = value.integer, number >= least, number <= 1 << 28 else {
      throw .configuration(
        key: key, problem: "is \(value.shown), not a whole number ≥ \(least)")
    }
    return number
  }

  /// A number > 0 that is computed with as float32.
  func float(
    _ names: String..., foreign: [String] = [], default fallback: Float
  ) throws(ModelError) -> Float {
    guard let (name, value) = try find(names, foreign: foreign) else {
      assumed.append((names[0], String(fallback)))
      return fallback
    }
    return Float(try Self.number(value, key: name))
  }

  /// A number > 0 inside a nested object, or else under a foreign name outside.
  func number(
    in object: String, _ name: String, foreign: String..., default fallback: Double
  ) throws(ModelError) -> Double {
    let address = "\(object).\(name)"
    guard let inner = try self.object(object)?.present(name) else {
      for name in foreign {
        guard let value = value(name) else { continue }
        warn("\(address) is missing; \(name), \(value.shown), is used")
        return try Self.number(value, key: name)
      }
      assumed.append((address, String(fallback)))
      return fallback
    }
    for name in foreign {
      guard let other = value(name), !other.isSame(as: inner) else { continue }
      warn("\(name) is \(other.shown); \(address), which is \(inner.shown), is read")
    }
    return try Self.number(inner, key: address)
  }

  /// A number > 0, also in float32, in which it is computed with.
  static func number(_ value: JSONValue, key: String) throws(ModelError) -> Double {
    guard let number = value.number, number.isFinite, number > 0 else {
      throw .configuration(key: key, problem: "is \(value.shown), not a number above 0")
    }
    guard Float(number).isFinite, Float(number) > 0 else {
      throw .configuration(
        key: key,
        problem: "is \(value.shown), which is \(number > 1 ? "infinite" : "0") in float32, with"
          + " which models are computed")
    }
    return number
  }

  /// Refuses keys whose values switch something on that is not read: anything but false, zero, null or
  /// nothing.
  /// - Parameters:
  ///   - names: whole names, or with `*` behind them what names begin with.
  ///   - what: what they switch on, as a clause.
  func refuse(_ names: [String], _ what: String) throws(ModelError) {
    for member in json.members ?? [] {
      let isMeant = names.contains { name in
        name.last == "*" ? member.name.hasPrefix(name.dropLast()) : member.name == name
      }
      guard isMeant else { continue }
      known.insert(member.name)
      let value = member.value
      let isOff =
        value.isNull || value.bool == false || value.number == 0 || value.array?.isEmpty == true
        || value.members?.isEmpty == true
      guard isOff else {
        throw .configuration(key: member.name, problem: "is \(value.shown): \(what)")
      }
    }
  }

  func flag(
    _ names: String..., foreign: [String] = [], default fallback: Bool
  ) throws(ModelError) -> Bool {
    guard let (name, value) = try find(names, foreign: foreign) else {
      assumed.append((names[0], String(fallback)))
      return fallback
    }
    guard let flag = value.bool else {
      throw .configuration(key: name, problem: "is \(value.shown), not true or false")
    }
    return flag
  }

  /// What a reader should know and nothing was done about: defaults, and keys that nobody asked for.
  func notes() -> [String] {
    let unread = (json.members ?? []).filter { member in
      !known.contains(member.name) && !UnreadKeys.areHarmless(member.name) && !member.value.isNull
    }
    return assumed.map { "\($0.key) is missing; \($0.value) is used" }
      + (unread.isEmpty ? [] : ["keys not read here: \(NameList.text(Set(unread.map(\.name))))"])
  }
}

extension JSONValue {
  /// Whether two values say the same, whatever their spelling.
  func isSame(as other: JSONValue) -> Bool {
    if let a = number, let b = other.number { return a == b }
    return shown == other.shown
  }
}
