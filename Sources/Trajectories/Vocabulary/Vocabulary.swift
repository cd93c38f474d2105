import Synchronization

/// What token ids stand for. Each is worked out when it is asked for first; shared, not copied.
public final class Vocabulary: Sendable, Hashable {
  /// Ids count from 0 to below this.
  public let count: Int
  private let make: @Sendable (Int) -> Token
  private let made = Mutex<[Int: Token]>([:])
  private let searched = Mutex<TokenSearch?>(nil)

  /// - Parameter token: what an id stands for; asked for each at most a few times.
  public init(count: Int, token: @escaping @Sendable (Int) -> Token) {
    self.count = count
    make = token
  }

  /// What is known by its id alone, as where nobody reads texts.
  public static let unread = Vocabulary(count: .max) {
    Token(id: $0, text: "", isSpecial: false)
  }

  /// What an id stands for.
  public func token(_ id: Int) -> Token {
    if let known = made.withLock({ $0[id] }) { return known }
    let token = make(id)
    made.withLock { $0[id] = token }
    return token
  }

  /// Its piece of text, safe to print.
  public func text(_ id: Int) -> String { token(id).text }

  /// All their texts, laid out for search when it is asked for first: a moment's work where there are
  /// many.
  /// - Precondition: it has an end.
  public var search: TokenSearch {
    searched.withLock { search in
      if let search { return search }
      let new = TokenSearch(count: count) { make($0).text }
      search = new
      return new
    }
  }

  /// Two are the same when they are one.
  public static func == (a: Vocabulary, b: Vocabulary) -> Bool { a === b }

  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
