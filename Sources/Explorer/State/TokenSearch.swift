import Trajectories

/// Looking for a piece of the text that is thought about.
enum TokenSearch {
  /// What is looked for when what was typed after `find` begins with a quotation mark, `"9-5"`, or is an
  /// id, `#57`; nil for a condition.
  static func sought(_ typed: String) -> String? {
    let text = typed.drop { $0 == " " }
    if text.first == "#", Int(text.dropFirst()) != nil { return String(text) }
    guard text.first == "\"" else { return nil }
    let inside = text.dropFirst()
    // A condition may begin so, too, but goes on behind the second mark.
    guard let end = inside.firstIndex(of: "\"") else { return String(inside) }
    guard inside[inside.index(after: end)...].allSatisfy({ $0 == " " }) else { return nil }
    return String(inside[..<end])
  }

  /// The same, where what is no condition is looked for in the text, too; nil where it has none of it.
  static func sought(_ typed: String, _ state: ExplorerState) -> String? {
    if let sought = sought(typed) { return sought }
    guard let branch = state.branch, ConditionParameter.check(typed, state) != nil else {
      return nil
    }
    return places(of: typed, in: branch).isEmpty ? nil : typed
  }

  /// What is wrong with something to look for.
  static let check: @Sendable (String, ExplorerState) -> ArgumentProblem? = { typed, state in
    guard sought(typed, state) == nil, let problem = ConditionParameter.check(typed, state) else {
      return nil
    }
    return ArgumentProblem(
      column: problem.column, "the text has no '\(typed)', and \(problem.words)")
  }

  /// The tokens in which the text that is sought begins.
  static func places(of sought: String, in branch: Branch) -> [Int] {
    if sought.first == "#", let id = Int(sought.dropFirst()) {
      return (0..<branch.tokenCount).filter { branch.token($0).id == id }
    }
    let wanted = Array(sought.lowercased())
    guard !wanted.isEmpty else { return [] }
    var text: [Character] = []
    var owners: [Int] = []
    for token in 0..<branch.tokenCount {
      let piece = Array(branch.token(token).text.lowercased())
      text += piece
      owners += Array(repeating: token, count: piece.count)
    }
    guard wanted.count <= text.count else { return [] }
    var places: [Int] = []
    for start in 0...text.count - wanted.count
    where text[start] == wanted[0] && text[start..<start + wanted.count].elementsEqual(wanted) {
      if places.last != owners[start] { places.append(owners[start]) }
    }
    return places
  }

  /// To the next place, or the one before; past the end it goes on at the other.
  static func go(_ sought: String, isForward: Bool, _ state: inout ExplorerState) -> [Effect] {
    guard let branch = state.branch else { return [] }
    let places = places(of: sought, in: branch)
    let here = state.cursor.token
    let next =
      isForward
      ? places.first { $0 > here } ?? places.first : places.last { $0 < here } ?? places.last
    guard let next, let number = places.firstIndex(of: next) else {
      state.complain("the text has no '\(sought)'; f with a condition looks for an iteration")
      return []
    }
    state.select(token: next)
    state.say("'\(sought)' \(number + 1) of \(places.count); n and N go on")
    return []
  }
}
