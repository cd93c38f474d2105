import Checkpoints

/// Damage to JSON documents, as files of strangers have it.
public enum JSONDamage {
  /// What stands where something else was expected.
  public static let values: [JSONValue] = [
    .null, .bool(true), .integer(-1), .integer(0), .integer(7), .integer(.max), .integer(.min),
    .integer(1 << 40), .number(1e300), .number(-0.5), .string(""), .string("\u{1B}[31m"),
    .string("0/0"), .array([]), .array([.integer(.max), .integer(.max)]), .object([]),
  ]

  /// Every value of a document in turn replaced by every other, and every member taken away.
  public static func all(of value: JSONValue) -> [JSONValue] {
    switch value {
    case .object(let members):
      members.indices.flatMap { place in
        let lost = JSONValue.object(
          members.enumerated().filter { $0.offset != place }.map(\.element))
        return [lost]
          + all(of: members[place].value).map { other in
            var all = members
            all[place] = JSONMember(members[place].name, other)
            return .object(all)
          }
      } + values
    case .array(let elements):
      elements.indices.flatMap { place in
        all(of: elements[place]).map { other in
          var all = elements
          all[place] = other
          return .array(all)
        }
      } + values
    default: values
    }
  }
}

extension Dice {
  private static let numbers: [JSONValue] = [
    .number(1e-46), .number(1e39), .number(0.5), .integer(1), .integer(2), .integer(3),
    .integer(64), .integer(65_535), .integer(1 << 31), .integer(1 << 32), .integer(1 << 62),
    .integer(-(1 << 40)),
  ]
  private static let texts: [JSONValue] = [
    .string("a"), .string("default"), .string("(?:)*"), .string("(a*)*b"), .string("\\p{L}{9999}"),
    .string("[^\\n]|\\s+(?!\\S)"), .string("\u{301}\u{1100}"), .string("▁"), .string("linear"),
    .string(String(repeating: "ab", count: 3_000)), .bool(false),
  ]

  /// A document with one value or member somewhere replaced, lost, doubled or renamed.
  public mutating func damage(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(var members) where !members.isEmpty && !once(in: 12):
      let place = below(members.count)
      let member = members[place]
      switch below(10) {
      case 0: members.remove(at: place)
      case 1: members.append(JSONMember(member.name, odd()))
      case 2: members[place] = JSONMember(one(of: members).name, member.value)
      default: members[place] = JSONMember(member.name, damage(member.value))
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty && !once(in: 12):
      let place = below(elements.count)
      switch below(10) {
      case 0: elements.remove(at: place)
      case 1: elements.insert(elements[place], at: below(elements.count))
      default: elements[place] = damage(elements[place])
      }
      return .array(elements)
    case .integer(let number) where once(in: 3):
      return .integer(one(of: [number &+ 1, number &- 1, number &* 2, number / 2, 0 &- number]))
    default: return odd()
    }
  }

  private mutating func odd() -> JSONValue {
    one(of: [JSONDamage.values, Self.numbers, Self.texts][below(3)])
  }

  /// Bytes of which some are changed, lost, doubled or put in, or whose end is cut off.
  /// - Parameter reach: only the first so many are looked at.
  public mutating func damage(_ bytes: [UInt8], reach: Int = .max) -> [UInt8] {
    var bytes = bytes
    for _ in 0...below(3) where !bytes.isEmpty {
      let place = below(min(reach, bytes.count))
      switch below(6) {
      case 0: bytes[place] = UInt8(below(256))
      case 1: bytes[place] ^= UInt8(1 << below(8))
      case 2: bytes[place] = one(of: Array("0123456789-,:\"[]{}eE. \u{1B}".utf8))
      case 3: bytes.remove(at: place)
      case 4:
        let piece = bytes[place..<min(bytes.count, place + 1 + below(16))]
        bytes.insert(contentsOf: piece, at: place)
      default: if once(in: 3) { bytes.removeSubrange(place...) }
      }
    }
    return bytes
  }
}

/// Whether a message may be shown as it is: no text of a file speaks to the terminal through it.
public func isPrintable(_ message: String) -> Bool {
  message.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control }
}
