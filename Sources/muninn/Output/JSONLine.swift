import Checkpoints

/// Builds one line of JSON with its keys in the order they are added.
///
/// Numbers are written with every digit they have; what is not a number becomes null, because
/// JSON has no NaN.
struct JSONLine {
  private var text = "{"

  /// The finished object.
  var line: String { text + "}" }

  mutating func add(_ key: String, _ value: String) { add(key, raw: JSONValue.quoted(value)) }
  mutating func add(_ key: String, _ value: Int?) {
    add(key, raw: value.map(String.init) ?? "null")
  }
  mutating func add(_ key: String, _ value: Float?) { add(key, raw: Self.number(value)) }
  mutating func add(_ key: String, _ bytes: [UInt8]) {
    add(key, raw: "[" + bytes.map(String.init).joined(separator: ",") + "]")
  }
  mutating func add(_ key: String, _ values: [JSONLine]) {
    add(key, raw: "[" + values.map(\.line).joined(separator: ",") + "]")
  }

  mutating func add(_ key: String, raw: String) {
    if text.utf8.count > 1 { text += "," }
    text += JSONValue.quoted(key) + ":" + raw
  }

  static func quoted(_ text: String) -> String { JSONValue.quoted(text) }

  static func number(_ value: Float?) -> String {
    guard let value, value.isFinite else { return "null" }
    return value.description
  }
}
