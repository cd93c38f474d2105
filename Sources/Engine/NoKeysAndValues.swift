/// Tokens cannot be appended: keys and values of those before them are not kept.
public struct NoKeysAndValues: Error, CustomStringConvertible {
  /// What they would take; nil when they were given up before.
  let bytes: Int?

  public var description: String {
    if let bytes {
      return "Keys and values of the text take \(bytes >> 20) MiB and there is no room for more. "
        + "Fewer iterations a token take less."
    }
    return "Keys and values of this run were given up for want of memory, so no token can follow. "
      + "A shorter prompt or fewer iterations take less."
  }
}
