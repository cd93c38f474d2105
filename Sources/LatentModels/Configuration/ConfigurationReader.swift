import Checkpoints

/// Reads keys of a config.json with their aliases and defaults, and remembers which defaults were
/// used.
final class ConfigurationReader {
  private let json: JSONValue
  private(set) var assumed: [(key: String, value: String)] = []

  init(_ json: JSONValue) { self.json = json }

  private func find(_ names: [String]) -> (name: String, value: JSONValue)? {
    for name in names {
      if let value = json[name], !value.isNull { return (name, value) }
    }
    return nil
  }

  /// Whether a key is present and not null.
  func has(_ name: String) -> Bool { find([name]) != nil }

  /// Whether a key of a nested object is present and not null.
  func has(_ name: String, in object: String) -> Bool { json[object]?[name]?.isNull == false }

  /// A string, when the key holds one.
  func text(_ name: String) -> String? { json[name]?.string }

  /// A string of a nested object, when the key holds one.
  func text(_ name: String, in object: String) -> String? { json[object]?[name]?.string }

  /// An integer ≥ 1 under the first of `names` that is present.
  func positive(_ names: String..., default fallback: Int? = nil) throws(ModelError) -> Int {
    try integer(names, least: 1, fallback: fallback)
  }

  /// A number of layers. A bound keeps a damaged file from asking for millions of tensors.
  func layers(_ name: String, least: Int) throws(ModelError) -> Int {
    let number = try integer([name], least: least, fallback: nil)
    guard number <= 10_000 else {
      throw .configuration(key: name, problem: "is \(number); no model has so many layers")
    }
    return number
  }

  private func integer(
    _ names: [String], least: Int, fallback: Int?
  ) throws(ModelError) -> Int {
    guard let (name, value) = find(names) else {
      guard let fallback else {
        throw .configuration(key: names.joined(separator: " or "), problem: "is missing")
      }
      assumed.append((names[0], String(fallback)))
      return fallback
    }
    return try Self.whole(value, name: name, least: least)
  }

  /// An integer ≥ 1 that a nested object must hold.
  func positive(in object: String, _ name: String) throws(ModelError) -> Int {
    guard let value = json[object]?[name], !value.isNull else {
      throw .configuration(key: "\(object).\(name)", problem: "is missing")
    }
    return try Self.whole(value, name: "\(object).\(name)", least: 1)
  }

  private static func whole(
    _ value: JSONValue, name: String, least: Int
  ) throws(ModelError) -> Int {
    // Sizes past this are a damaged file; the bound keeps products of them inside Int.
    guard let number = value.integer, number >= least, number <= 1 << 28 else {
      throw .configuration(
        key: name, problem: "is \(value.serialized()), not a whole number ≥ \(least)")
    }
    return number
  }

  /// A finite number > 0.
  func float(_ name: String, default fallback: Float) throws(ModelError) -> Float {
    Float(try number(json[name], name: name, fallback: Double(fallback)))
  }

  /// A finite number > 0 inside a nested object.
  func number(
    in object: String, _ name: String, default fallback: Double
  ) throws(ModelError) -> Double {
    try number(json[object]?[name], name: "\(object).\(name)", fallback: fallback)
  }

  private func number(
    _ value: JSONValue?, name: String, fallback: Double
  ) throws(ModelError) -> Double {
    guard let value, !value.isNull else {
      assumed.append((name, String(fallback)))
      return fallback
    }
    guard let number = value.number, number.isFinite, number > 0 else {
      throw .configuration(key: name, problem: "is \(value.serialized()), not a number above 0")
    }
    return number
  }

  func flag(_ names: String..., default fallback: Bool) throws(ModelError) -> Bool {
    guard let (name, value) = find(names) else {
      assumed.append((names[0], String(fallback)))
      return fallback
    }
    guard let flag = value.bool else {
      throw .configuration(key: name, problem: "is \(value.serialized()), not true or false")
    }
    return flag
  }
}
