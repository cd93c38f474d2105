/// The worst deviation of one family of tensors at one iteration, over all prompts.
public struct WorstError: Sendable {
  public let family: String
  /// nil for tensors that do not depend on the iteration.
  public let iteration: Int?
  /// Largest |ours − reference|.
  public private(set) var error: Double = 0
  /// The tolerance where `ratio` is largest.
  public private(set) var tolerance: Double = 0
  /// Largest error ÷ its tolerance; over 1 fails.
  public private(set) var ratio: Double = 0
  /// Which prompt, and which element, was worst.
  public private(set) var place = ""
  public private(set) var compared = 0

  public var passes: Bool { ratio <= 1 }

  init(family: String, iteration: Int?) {
    self.family = family
    self.iteration = iteration
  }

  mutating func add(error: Double, tolerance: Double, place: @autoclosure () -> String) {
    compared += 1
    // A NaN on either side must count as a failure, not vanish in a comparison.
    let share =
      error.isNaN ? .infinity : tolerance > 0 ? error / tolerance : error > 0 ? .infinity : 0
    self.error = error.isNaN ? .infinity : max(self.error, error)
    if share > ratio || compared == 1 {
      ratio = max(share, ratio)
      self.tolerance = tolerance
      self.place = place()
    }
  }
}

/// Deviations by family and iteration, in the order they were first seen.
public struct ErrorLedger: Sendable {
  public private(set) var entries: [WorstError] = []
  /// Reference data that was not compared, and why.
  public private(set) var skipped: [(what: String, why: String)] = []
  /// The first number in the order of computing that is over its tolerance, of those whose place is known:
  /// what comes after it is off because of it.
  public private(set) var firstOff: (place: ComputedPlace, error: Double, tolerance: Double)?
  private var index: [String: Int] = [:]

  public init() {}

  public var passes: Bool { entries.allSatisfy(\.passes) && !entries.isEmpty }

  /// Entries grouped by family.
  public var families: [(name: String, entries: [WorstError])] {
    var order: [String] = []
    var groups: [String: [WorstError]] = [:]
    for entry in entries {
      if groups[entry.family] == nil { order.append(entry.family) }
      groups[entry.family, default: []].append(entry)
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  mutating func skip(_ what: String, why: String) { skipped.append((what, why)) }

  /// Compares two runs of numbers element by element.
  /// - Parameters:
  ///   - computed: where they stand in the order of computing, token by token; nil where they do not.
  ///   - tolerance: allowed deviation for a reference value.
  mutating func compare(
    _ family: String, iteration: Int?, _ ours: some Collection<Float>,
    with reference: some Collection<Float>, place: String, computed: ComputedTokens? = nil,
    tolerance: (Float) -> Float
  ) {
    guard ours.count == reference.count else {
      return record(family, iteration, error: .infinity, tolerance: 0) {
        "\(place): \(ours.count) values, the reference has \(reference.count)"
      }
    }
    for (element, (a, b)) in zip(ours, reference).enumerated() {
      let error = a == b ? 0 : abs(Double(a) - Double(b))
      let allowed = Double(tolerance(b))
      record(family, iteration, error: error, tolerance: allowed) {
        "\(place)[\(element)]"
      }
      // A NaN is no number within a tolerance.
      if let computed, !(error <= allowed) { note(computed.place(of: element), error, allowed) }
    }
  }

  private mutating func note(_ place: ComputedPlace, _ error: Double, _ tolerance: Double) {
    if let firstOff, firstOff.place <= place { return }
    firstOff = (place, error, tolerance)
  }

  /// Compares numbers in float64, relative to their size where that is above 1.
  mutating func compare(
    _ family: String, _ ours: [Double], with reference: [Double], place: String, tolerance: Double
  ) {
    guard ours.count == reference.count else {
      return record(family, nil, error: .infinity, tolerance: 0) {
        "\(place): \(ours.count) values, the reference has \(reference.count)"
      }
    }
    for (element, (a, b)) in zip(ours, reference).enumerated() {
      record(
        family, nil, error: a == b ? 0 : abs(a - b), tolerance: tolerance * max(1, abs(b))
      ) { "\(place)[\(element)]" }
    }
  }

  /// Counts one thing that must be equal.
  mutating func expect(_ isEqual: Bool, family: String, iteration: Int?, place: String) {
    record(family, iteration, error: isEqual ? 0 : 1, tolerance: 0.5) { place }
  }

  private mutating func record(
    _ family: String, _ iteration: Int?, error: Double, tolerance: Double, place: () -> String
  ) {
    let key = "\(family)/\(iteration.map(String.init) ?? "-")"
    let slot = index[key] ?? entries.count
    if slot == entries.count {
      index[key] = slot
      entries.append(WorstError(family: family, iteration: iteration))
    }
    entries[slot].add(error: error, tolerance: tolerance, place: place())
  }
}
