/// Lists of whole numbers on the command line: `1-9,13`, and `1,2,4,…,128` for what goes on as it
/// began.
enum NumberList {
  /// Why a text is no such list.
  struct Failure: Error, Equatable {
    let part: String
  }

  /// The numbers in ascending order, each once.
  /// - Parameter range: what every number must lie in.
  static func parse(_ text: String, in range: ClosedRange<Int>) throws(Failure) -> [Int] {
    var numbers: [Int] = []
    var goesOn = false
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      if part == "…" || part == "..." {
        if goesOn || numbers.count < 2 { throw Failure(part: part) }
        goesOn = true
        continue
      }
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(bounds.count), let low = bounds[0],
        let high = bounds[bounds.count - 1],
        low <= high, range.contains(low), range.contains(high)
      else { throw Failure(part: part) }
      if goesOn { numbers += try continued(numbers, to: low, part: part) }
      goesOn = false
      numbers += low...high
    }
    if goesOn || numbers.isEmpty { throw Failure(part: text) }
    return Set(numbers).sorted()
  }

  /// Between the last number and `end`: doubling, tripling … where the numbers do, else equal steps.
  private static func continued(
    _ numbers: [Int], to end: Int, part: String
  ) throws(Failure) -> [Int] {
    let (before, last) = (numbers[numbers.count - 2], numbers[numbers.count - 1])
    // Two numbers 1, 2 are a beginning of both; people who write iterations mean powers.
    let factor = before > 0 && last % before == 0 ? last / before : 1
    let step = last - before
    guard step > 0, end > last else { throw Failure(part: part) }
    var between: [Int] = []
    var next = last
    while true {
      let (grown, overflow) =
        factor > 1
        ? next.multipliedReportingOverflow(by: factor) : next.addingReportingOverflow(step)
      if overflow || grown >= end { return between }
      next = grown
      between.append(next)
    }
  }
}
