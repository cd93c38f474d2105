import Checkpoints

/// A line of a file of results, with a mark at its end by which a line that was cut, changed or
/// taken from another file is told from one that is as it was written.
///
///     {"row":3,…,"check":"0123456789abcdef"}
public enum CheckedLine {
  private static let name = "check"
  /// `,"check":"` before 16 digits, `"}` after them.
  private static let opening = Array(",\"\(name)\":\"".utf8)
  private static let closing = Array("\"}".utf8)
  private static let tailCount = opening.count + 16 + closing.count

  /// An object as a line.
  /// - Parameter file: what the line belongs to; in another file it is none.
  public static func seal(_ members: [JSONMember], file: String = "") -> String {
    let body = Array(JSONValue.object(members).serialized().utf8.dropLast())
    return String(
      decoding: body + opening + mark(body[...], file).utf8 + closing, as: UTF8.self)
  }

  /// The object of a line that is as it was written; nil for any other.
  public static func open(_ line: [UInt8], file: String = "") -> JSONValue? {
    guard line.count > tailCount, line.suffix(closing.count).elementsEqual(closing) else {
      return nil
    }
    let body = line.dropLast(tailCount)
    let tail = line.dropFirst(body.count)
    guard tail.starts(with: opening),
      tail.dropFirst(opening.count).prefix(16).elementsEqual(mark(body, file).utf8)
    else { return nil }
    return try? JSONValue(parsing: line)
  }

  private static func mark(_ body: ArraySlice<UInt8>, _ file: String) -> String {
    var hash = Fingerprint()
    hash.add(file)
    hash.add(body)
    return hash.text
  }
}
