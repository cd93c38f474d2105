/// A JSON document as a value.
///
/// Objects keep their members in file order and compare names byte by byte: a vocabulary may hold
/// both spellings of "é", which Swift's `String` equality would take for one.
public enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// The value of a member, or nil when this is no object or holds no such name. When a name
  /// occurs twice the last one counts, as in other readers.
  public subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  /// The value of a member unless it is absent or null.
  public func present(_ name: String) -> JSONValue? {
    guard let value = self[name], !value.isNull else { return nil }
    return value
  }

  /// Whether this is `null`.
  public var isNull: Bool {
    if case .null = self { return true }
    return false
  }

  /// The truth value, or nil for another kind.
  public var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The whole number, or nil for another kind or a number with a fraction. `4096.0` counts.
  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number, whole or not, or nil for another kind.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The string, or nil for another kind.
  public var string: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  /// The elements, or nil for another kind.
  public var array: [JSONValue]? {
    if case .array(let value) = self { return value }
    return nil
  }

  /// The members in file order, or nil for another kind.
  public var members: [JSONMember]? {
    if case .object(let value) = self { return value }
    return nil
  }

  /// The addresses of names that an object holds more than once, as `rope_scaling.factor`; of those
  /// the last one counts.
  public var repeatedNames: [String] {
    switch self {
    case .array(let elements): return elements.flatMap(\.repeatedNames)
    case .object(let members):
      var seen: Set<[UInt8]> = []
      return members.flatMap { member in
        (seen.insert(Array(member.name.utf8)).inserted ? [] : [member.name])
          + member.value.repeatedNames.map { "\(member.name).\($0)" }
      }
    default: return []
    }
  }

  /// What kind of value this is, in words for an error.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// One name and value of a JSON object.
public struct JSONMember: Sendable {
  /// The name.
  public let name: String
  /// The value.
  public let value: JSONValue

  /// Pairs a name with a value.
  public init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

/// Why bytes are not a JSON document, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Offset of the offending byte.
  public let offset: Int
  /// What is wrong, as the end of a sentence.
  public let message: String

  public var description: String { "not valid JSON at byte \(offset): \(message)" }
}
