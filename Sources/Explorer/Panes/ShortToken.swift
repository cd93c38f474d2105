import Trajectories

/// Tokens of real tokenizers in a few columns: words begin with a blank, bytes that are no text are
/// escaped, and tokens that are no text have long names between brackets.
enum ShortToken {
  /// What of a token fits in so many columns and tells it from others.
  /// - Parameter text: as the vocabulary has it.
  static func text(_ text: String, _ columns: Int, _ state: ExplorerState) -> String {
    let whole = state.visible(text)
    guard Printable.width(whole) > columns, columns > 0 else { return whole }
    let glyphs = state.glyphs
    if let byte = byte(text) {
      // Two digits say which; one would say another character.
      return columns > 1 ? byte : glyphs.odd
    }
    if let name = name(text) {
      guard columns > 2 else { return Printable.padded(glyphs.special, columns) }
      let room = columns - 2
      let short = Printable.width(name) <= room ? name : initials(name)
      return "<" + Printable.prefix(short, room) + ">"
    }
    if text == "↵" || text == "\n" { return glyphs.lineEnd }
    // A blank in front tells little; a token that is blanks alone has nothing else to say.
    let word = text.drop { $0 == " " }
    let shown = word.isEmpty ? whole : state.visible(String(word))
    return columns < 3
      ? Printable.prefix(shown, columns)
      : Printable.clip(shown, columns, ellipsis: glyphs.ellipsis)
  }

  /// The digits of a token that is one escaped byte, `\\xE2` or `<0xE2>`; nil for all others.
  private static func byte(_ text: String) -> String? {
    for (prefix, suffix) in [("\\x", ""), ("<0x", ">")]
    where text.hasPrefix(prefix) && text.hasSuffix(suffix) {
      let digits = text.dropFirst(prefix.count).dropLast(suffix.count)
      if digits.count == 2, digits.allSatisfy(\.isHexDigit) { return String(digits) }
    }
    return nil
  }

  /// The name of a token that is no text, `<|im_start|>`, `</s>` or `[PAD]`; nil for all others.
  private static func name(_ text: String) -> String? {
    let brackets: [(Character, Character)] = [("<", ">"), ("[", "]")]
    guard let first = text.first, let last = text.last, text.count > 2,
      brackets.contains(where: { $0 == (first, last) })
    else { return nil }
    let name = text.dropFirst().dropLast().filter { $0 != "|" }
    let isName = name.allSatisfy { $0.isLetter || $0.isNumber || "_-/ ".contains($0) }
    return isName && name.contains(where: \.isLetter) ? String(name) : nil
  }

  /// `begin_of_text` as `bot`; of a single word its beginning.
  private static func initials(_ name: String) -> String {
    let words = name.split { $0 == "_" || $0 == "-" || $0 == " " }
    return words.count > 1 ? String(words.compactMap(\.first)) : name
  }
}
