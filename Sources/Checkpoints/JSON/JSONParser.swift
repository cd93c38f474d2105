extension JSONValue {
  /// Parses a JSON document (RFC 8259, UTF-8, an optional byte order mark).
  /// - Parameter allowsPythonNumbers: whether `NaN`, `Infinity` and `-Infinity`, which JSON does not
  ///   have and Python writes, are read as numbers.
  /// - Throws: `JSONError` with the byte offset: cut short, invalid UTF-8, nested deeper than
  ///   `JSONParser.maximumDepth`, or anything else that is no JSON.
  public init(
    parsing bytes: [UInt8], allowsPythonNumbers: Bool = false
  ) throws(JSONError) {
    var parser = JSONParser(bytes, allowsPythonNumbers: allowsPythonNumbers)
    self = try parser.document()
  }

  /// Parses a JSON document held in a string.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }
}

/// A recursive-descent reader over bytes; depth is bounded, so hostile input cannot exhaust the
/// stack.
struct JSONParser {
  /// Nesting beyond this is refused.
  static let maximumDepth = 128

  private let bytes: [UInt8]
  private let allowsPythonNumbers: Bool
  private var index = 0

  init(_ bytes: [UInt8], allowsPythonNumbers: Bool) {
    self.bytes = bytes
    self.allowsPythonNumbers = allowsPythonNumbers
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let result = try value(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw failure("text follows the end of the document") }
    return result
  }

  private func failure(_ message: String) -> JSONError {
    JSONError(offset: index, message: message)
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    guard depth <= Self.maximumDepth else {
      throw failure("nested deeper than \(Self.maximumDepth) levels")
    }
    guard index < bytes.count else { throw failure("the document ends too early") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"), UInt8(ascii: "I"): return try pythonNumber()
    case UInt8(ascii: "-") where bytes[index...].starts(with: "-I".utf8):
      return try pythonNumber()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw failure("a value was expected")
    }
  }

  /// The numbers that Python writes and JSON does not have.
  private mutating func pythonNumber() throws(JSONError) -> JSONValue {
    for (text, number) in [("NaN", Double.nan), ("Infinity", .infinity), ("-Infinity", -.infinity)]
    where bytes[index...].starts(with: text.utf8) {
      guard allowsPythonNumbers else {
        throw failure("\(text) is a number that Python writes and JSON does not have")
      }
      index += text.utf8.count
      return .number(number)
    }
    throw failure("a value was expected")
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for byte in text.utf8 {
      guard index < bytes.count else { throw failure("the document ends too early") }
      guard bytes[index] == byte else { throw failure("'\(text)' was expected") }
      index += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    index += 1
    var members: [JSONMember] = []
    skipSpace()
    if index < bytes.count, bytes[index] == UInt8(ascii: "}") {
      index += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard index < bytes.count else { throw failure("the document ends inside an object") }
      guard bytes[index] == UInt8(ascii: "\"") else { throw failure("a name was expected") }
      let name = try string()
      skipSpace()
      guard index < bytes.count else { throw failure("the document ends inside an object") }
      guard bytes[index] == UInt8(ascii: ":") else { throw failure("':' was expected") }
      index += 1
      members.append(JSONMember(name, try value(depth: depth + 1)))
      skipSpace()
      guard index < bytes.count else { throw failure("the document ends inside an object") }
      index += 1
      switch bytes[index - 1] {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "}"): return .object(members)
      default:
        index -= 1
        throw failure("',' or '}' was expected")
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    index += 1
    var elements: [JSONValue] = []
    skipSpace()
    if index < bytes.count, bytes[index] == UInt8(ascii: "]") {
      index += 1
      return .array(elements)
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard index < bytes.count else { throw failure("the document ends inside an array") }
      index += 1
      switch bytes[index - 1] {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "]"): return .array(elements)
      default:
        index -= 1
        throw failure("',' or ']' was expected")
      }
    }
  }

  private mutating func string() throws(JSONError) -> String {
    index += 1
    let start = index
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        guard let text = String(validating: bytes[start..<index], as: UTF8.self) else {
          index = start
          throw failure("a string is not valid UTF-8")
        }
        index += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      if byte < 0x20 { throw failure("a raw control character inside a string") }
      index += 1
    }
    throw failure("the document ends inside a string")
  }

  /// The rest of a string that holds an escape; `index` stands on the first backslash.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        guard let result = String(validating: text, as: UTF8.self) else {
          index = start
          throw failure("a string is not valid UTF-8")
        }
        index += 1
        return result
      }
      if byte < 0x20 { throw failure("a raw control character inside a string") }
      index += 1
      if byte != UInt8(ascii: "\\") {
        text.append(byte)
        continue
      }
      guard index < bytes.count else { break }
      index += 1
      switch bytes[index - 1] {
      case UInt8(ascii: "\""): text.append(0x22)
      case UInt8(ascii: "\\"): text.append(0x5C)
      case UInt8(ascii: "/"): text.append(0x2F)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try scalar()).utf8))
      default:
        index -= 1
        throw failure("an unknown escape inside a string")
      }
    }
    throw failure("the document ends inside a string")
  }

  /// The character of `\uXXXX`, or of a surrogate pair of them; a lone surrogate is no character
  /// and becomes U+FFFD.
  private mutating func scalar() throws(JSONError) -> Character {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    guard first < 0xDC00, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let rewind = index
    index += 2
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else {
      index = rewind
      return "\u{FFFD}"
    }
    return Character(scalar)
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard index < bytes.count else { throw failure("the document ends inside a string") }
      guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue, bytes[index] < 0x80
      else { throw failure("four hexadecimal digits were expected") }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = index
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    let whole = digits()
    guard whole > 0 else { throw failure("a digit was expected") }
    if whole > 1, bytes[index - whole] == UInt8(ascii: "0") {
      throw failure("a number must not begin with 0")
    }
    var isWhole = true
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      isWhole = false
      index += 1
      guard digits() > 0 else { throw failure("a digit was expected") }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      index += 1
      if index < bytes.count,
        bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-")
      {
        index += 1
      }
      guard digits() > 0 else { throw failure("a digit was expected") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw failure("a number out of range") }
    return .number(value)
  }

  /// Skips digits and says how many there were.
  private mutating func digits() -> Int {
    let start = index
    while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
      index += 1
    }
    return index - start
  }
}
