/// Builds one line of JSON with its keys in the order they are added.
///
/// Numbers are written with every digit they have; what is not a number becomes null, because
/// JSON has no NaN.
public struct JSONLine {
  private var text = "{"

  /// An object without members.
  public init() {}

  /// The finished object.
  public var line: String { text + "}" }

  /// Adds a string.
  public mutating func add(_ key: String, _ value: String) {
    add(key, raw: JSONValue.quoted(value))
  }
  /// Adds a whole number, or null.
  public mutating func add(_ key: String, _ value: Int?) {
    add(key, raw: value.map(String.init) ?? "null")
  }
  /// Adds a number; null where there is none that is finite.
  public mutating func add(_ key: String, _ value: Float?) { add(key, raw: Self.number(value)) }
  /// Adds bytes as a list of numbers.
  public mutating func add(_ key: String, _ bytes: [UInt8]) {
    add(key, raw: "[" + bytes.map(String.init).joined(separator: ",") + "]")
  }
  /// Adds a list of objects.
  public mutating func add(_ key: String, _ values: [JSONLine]) {
    add(key, raw: "[" + values.map(\.line).joined(separator: ",") + "]")
  }

  /// Adds what is JSON already.
  public mutating func add(_ key: String, raw: String) {
    if text.utf8.count > 1 { text += "," }
    text += JSONValue.quoted(key) + ":" + raw
  }

  /// A string as JSON.
  public static func quoted(_ text: String) -> String { JSONValue.quoted(text) }

  /// A number as JSON; null where there is none that is finite.
  public static func number(_ value: Float?) -> String {
    guard let value, value.isFinite else { return "null" }
    return value.description
  }
}
