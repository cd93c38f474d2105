/// What a comparison comes to.
public struct Finding: Sendable, Hashable {
  /// From which iteration on all answers are the same; nil where they are not in the end.
  public let sameFrom: Int?
  /// Where they part first.
  public let parts: Address?
  /// The last iteration that both have, of any position; 0 before there is one.
  public let iterations: Int
  /// Whether one of them went on after that.
  public let isPartial: Bool
  /// What A and B say at the last position of both at the last iteration of both; nil where nothing
  /// can be read out.
  public let answerOfA: Candidate?
  public let answerOfB: Candidate?
  /// ‖ln_f(A) − ln_f(B)‖ of all positions, each at the last iteration of both; nil until known.
  public let distance: Float?

  /// In a sentence: `A seed 0, B seed 1: same answers from r 6 on; ‖ln_f(A) − ln_f(B)‖ at the last
  /// r: 3e-5`.
  /// - Parameters:
  ///   - labels: what the two are called.
  ///   - number: how numbers are written.
  ///   - isASCII: whether only ASCII can be shown.
  public func words(
    _ labels: (a: String, b: String), isASCII: Bool = false, number: (Double) -> String
  ) -> String {
    var words = "A \(labels.a), B \(labels.b): \(verdict)"
    if let parting { words += ", \(parting)" }
    if let distance {
      words += "; \(Self.norm(isASCII)) at \(end): \(number(Double(distance)))"
    }
    return words
  }

  /// The same in fewer words, where it is said elsewhere what the two are.
  public func shortWords(isASCII: Bool = false, number: (Double) -> String) -> String {
    var words = verdict
    if let distance {
      words += sameFrom == nil ? ", " : ", in the end "
      words += "\(Self.norm(isASCII)) \(number(Double(distance)))"
    }
    if let parting { words += "; \(parting)" }
    return words
  }

  private static func norm(_ isASCII: Bool) -> String {
    isASCII ? "|ln_f(A) - ln_f(B)|" : "‖ln_f(A) − ln_f(B)‖"
  }

  /// Where both end.
  private var end: String { isPartial ? "r \(iterations)" : "the last r" }

  /// What they say in the end.
  private var verdict: String {
    guard iterations >= 1 else { return "no iteration in common yet" }
    if let sameFrom {
      return "same answers from r \(sameFrom) on" + (isPartial ? ", as far as \(end)" : "")
    }
    if let answerOfA, answerOfA.id == answerOfB?.id {
      return "both say \(answerOfA.text) at \(end), other positions differ"
    }
    let nothing = "nothing (diverged)"
    return "\(answerOfA?.text ?? nothing) and \(answerOfB?.text ?? nothing) at \(end)"
  }

  /// Where they part, if they do not come together.
  private var parting: String? {
    guard iterations >= 1, sameFrom == nil, let parts else { return nil }
    return "parting at token \(parts.token), r \(parts.iteration)"
  }
}

extension BranchComparison {
  public var finding: Finding {
    let iterations = commonIterations
    let end = Address(token: commonRows - 1, iteration: commonIterations(of: commonRows - 1))
    let isPartial = (0..<commonRows).contains {
      max(a.lastIteration(of: $0), b.lastIteration(of: $0)) > commonIterations(of: $0)
    }
    return Finding(
      sameFrom: sameFrom, parts: parts, iterations: iterations, isPartial: isPartial,
      answerOfA: a.reading(end)?.best, answerOfB: b.reading(end)?.best, distance: lastDistance)
  }
}
