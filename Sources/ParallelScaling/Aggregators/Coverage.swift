/// How often at least one of k copies is right.
public enum Coverage {
  /// The unbiased estimate 1 − C(n−c, k)/C(n, k) of pass@k from n copies, c of them right; with more
  /// asked for than there are, whether any is right.
  /// - Precondition: 0 ≤ c ≤ n, and k is not negative.
  public static func passAtK(copies n: Int, right c: Int, k: Int) -> Double {
    precondition(n >= 0 && (0...n).contains(c) && k >= 0, "pass@\(k) of \(c) in \(n)")
    if k == 0 || c == 0 { return 0 }
    if n - c < k { return 1 }
    // A product of shares, which does not overflow where the binomials would.
    var missed = 1.0
    for count in n - c + 1...n { missed *= 1 - Double(k) / Double(count) }
    return 1 - missed
  }

  /// The mean of it over problems.
  public static func passAtK(_ problems: [(copies: Int, right: Int)], k: Int) -> Double? {
    guard !problems.isEmpty else { return nil }
    return problems.reduce(0) { $0 + passAtK(copies: $1.copies, right: $1.right, k: k) }
      / Double(problems.count)
  }

  /// Numbers of copies that are reported: powers of two up to all, and all.
  public static func counts(upTo copies: Int) -> [Int] {
    var counts: [Int] = []
    var count = 1
    while count < copies {
      counts.append(count)
      count *= 2
    }
    return copies > 0 ? counts + [copies] : []
  }
}
