import TestSupport
import Testing

@testable import Trajectories

/// Tokens found by what is typed.
@Suite struct VocabularyTests {
  static let texts = [
    "␊", "the", " the", "The", " then", "other", "t", "h", "e", "#1", "0", "1", "2", "3", "12",
    " ", ",", "'", "-", "Éa", "\u{FFFD}", "\u{FFFD}", "a", "b", "c", "attache",
  ]
  let search = TokenSearch(count: texts.count) { Self.texts[$0] }

  private func found(_ typed: String, most: Int = 100) -> [String] {
    search.matches(typed, most: most).best.map { Self.texts[$0.id] }
  }

  @Test func theBestComesFirst() {
    #expect(found("the") == ["the", "The", " the", " then", "other", "attache"])
    #expect(found(" the").first == " the" && found("The").first == "The")
    #expect(found("THE") == ["the", "The", " the", " then", "other", "attache"])
    #expect(found("te") == ["the", "The", " the", " then", "other", "attache"])
    #expect(found("éa") == ["Éa"])
    #expect(found("xyz").isEmpty)
    #expect(found(" ") == [" "] && found(",") == [","])
    #expect(found("the", most: 2) == ["the", "The"])
    #expect(search.matches("the", most: 2).count == 6)
  }

  @Test func idsAreFoundToo() {
    // Token 12 is "2"; "12" itself comes before it.
    #expect(found("12").prefix(2) == ["12", "2"])
    #expect(found("#12") == ["2"])
    #expect(search.matches("#2", most: 9).best.map(\.id) == [2, 22, 23, 24, 20, 21, 25])
    #expect(found("#1").first == "#1", "a text that reads so comes first")
    #expect(found("#99").isEmpty)
  }

  @Test func nothingTypedIsAll() {
    let all = search.matches("", most: 5)
    #expect(all.count == Self.texts.count && all.best.map(\.id) == [0, 1, 2, 3, 4])
    #expect(TokenSearch(count: 0) { _ in "" }.matches("a", most: 5).count == 0)
  }

  /// As the plain reading of the rules has it, on texts of every kind.
  @Test(arguments: 0..<6 as Range<UInt64>) func asTheRulesSay(seed: UInt64) {
    var choose = Dice(seed: seed)
    let letters = Array("aAb #1é 2")
    func word(_ most: Int) -> String {
      String((0..<choose.below(most)).map { _ in choose.one(of: letters) })
    }
    let texts = (0..<300).map { _ in word(6) }
    let search = TokenSearch(count: texts.count) { texts[$0] }
    func folded(_ text: String) -> [Character] {
      var text = Array(text.lowercased())
      while text.last == " " { text.removeLast() }
      return Array(text.drop { $0 == " " })
    }
    func kind(_ id: Int, _ typed: String) -> TokenMatch.Kind? {
      if texts[id] == typed { return .exact }
      let digits = typed.hasPrefix("#") ? String(typed.dropFirst()) : typed
      if Int(digits) != nil, "\(id)" == digits { return .id }
      let isIDs = !digits.isEmpty && digits.allSatisfy(\.isNumber)
      let byID: TokenMatch.Kind? = isIDs && "\(id)".hasPrefix(digits) ? .idBegins : nil
      if isIDs, typed.hasPrefix("#") { return byID }
      let (text, wanted) = (folded(texts[id]), folded(typed))
      if wanted.isEmpty { return typed.isEmpty ? .scattered : byID }
      if text == wanted { return .nearlyExact }
      if text.starts(with: wanted) { return .begins }
      if byID != nil { return byID }
      if String(text).contains(String(wanted)) { return .contains }
      var rest = wanted[...]
      for letter in text where letter == rest.first { rest = rest.dropFirst() }
      return rest.isEmpty ? .scattered : nil
    }
    for _ in 0..<60 {
      let typed = word(4)
      let wanted = texts.indices.compactMap { id in kind(id, typed).map { (id, $0) } }
        .sorted {
          ($0.1, typed.isEmpty ? 0 : texts[$0.0].utf8.count, $0.0)
            < ($1.1, typed.isEmpty ? 0 : texts[$1.0].utf8.count, $1.0)
        }
      let (best, count) = search.matches(typed, most: 400)
      #expect(best.map(\.id) == wanted.map(\.0) && count == wanted.count, "'\(typed)'")
    }
  }

  // MARK: Lists

  @Test(
    arguments: [
      ("0-3", ["0", "1", "2", "3"]), ("a-c,0", ["a", "b", "c", "0"]), ("-", ["-"]),
      ("+", []), ("1, 2 ,12", ["1", "2", "12"]), ("' the',\"'\",','", [" the", "'", ","]),
      ("',the", ["'", "the"]), ("#0,#1", ["␊", "the"]), ("#10-12", ["0", "1", "2"]),
      ("#10-#12,1", ["0", "1", "2"]), ("' '", [" "]), ("1,1,0-1", ["1", "0"]), ("#1x", []),
      ("'0-3'", []), ("#1", ["the"]),
    ] as [(String, [String])]) func listsAreRead(text: String, tokens: [String]) throws
  {
    if tokens.isEmpty {
      #expect(throws: UnknownTokens.self) { try TokenList.parse(text, in: search) }
    } else {
      #expect(try TokenList.parse(text, in: search).map { Self.texts[$0] } == tokens)
    }
  }

  @Test(
    arguments: [
      ("", .empty), ("1,,2", .empty), ("1,", .empty), ("9", .noToken("9", near: nil)),
      ("THE", .noToken("THE", near: 1)), ("#26", .noID(26, 26)),
      ("#-1", .noToken("#", near: nil)),
      ("3-0", .backwards("3-0")), ("#4-2", .backwards("#4-2")), ("'the", .unclosed("'the")),
      ("'a' b", .afterQuote("b")), ("!-\u{FFFD}", .tooMany), ("#1-99999999999999999999", nil),
    ] as [(String, UnknownTokens?)]) func whatIsNoListIsSaid(text: String, error: UnknownTokens?)
  {
    do {
      let ids = try TokenList.parse(text, in: search)
      Issue.record("\(ids)")
    } catch let problem {
      #expect(error == nil || problem == error)
      #expect(!problem.description.isEmpty)
    }
  }

  /// What is no token but is made of some is told with its pieces, the longest first.
  @Test func severalTokensAreToldApart() throws {
    for (text, pieces) in [
      ("123", ["12", "3"]), ("then e", ["t", "h", "e"]), ("'1 the'", ["1", " the"]),
    ] {
      let error = try #require(throws: UnknownTokens.self) {
        try TokenList.parse(text, in: search)
      }
      guard text != "then e" else {
        // There is no n by itself.
        #expect(error == .noToken("then e", near: nil))
        continue
      }
      #expect(error == .several(text.filter { $0 != "'" }, pieces))
      #expect(error.description.contains("is several tokens: '\(pieces[0])', '\(pieces[1])'"))
    }
    // Long, broken or hostile words are no list of pieces.
    for text in [String(repeating: "1", count: 5000), "\u{1B}[2J", "12\u{202E}"] {
      #expect(throws: UnknownTokens.noToken(text, near: nil)) {
        try TokenList.parse(text, in: search)
      }
    }
  }

  @Test func completionGoesAsFarAsTokensAgree() {
    let vocabulary = Vocabulary(count: Self.texts.count) {
      Token(id: $0, text: Self.texts[$0], isSpecial: false)
    }
    func completed(_ text: String) -> String? { TokenList.completion(of: text, in: vocabulary) }
    #expect(completed("att") == "attache" && completed("1, ot") == "1, other")
    #expect(completed("' t") == "' the" && completed("the,' then'") == nil)
    #expect(completed("t") == nil && completed("xyz") == nil && completed("") == nil)
    #expect(completed("#1") == nil && completed("a,") == nil)
  }

  @Test func oneIsOne() throws {
    #expect(try TokenList.one(",", in: search) == 16)
    #expect(try TokenList.one("' the'", in: search) == 2)
    #expect(try TokenList.one(" the", in: search) == 2)
    #expect(try TokenList.one("#3", in: search) == 3)
    #expect(throws: UnknownTokens.notOne(4)) { try TokenList.one("0-3", in: search) }
  }
}
