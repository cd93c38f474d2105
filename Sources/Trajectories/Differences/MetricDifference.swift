/// One number of two runs, compared at every place that both have.
public struct MetricDifference: Sendable, Hashable {
  /// One place, and what the two have there; nil where it is undefined.
  struct Pair {
    let place: Address
    let a: Double?
    let b: Double?

    /// |A − B|; nil unless both have it.
    var size: Double? {
      guard let a, let b else { return nil }
      return a == b ? 0 : abs(a - b)
    }

    func differs(_ tolerance: Double) -> Bool {
      guard let a, let b else { return (a == nil) != (b == nil) }
      return !(abs(a - b) <= tolerance * max(1, abs(a), abs(b)))
    }
  }

  /// The metric's name, or `kl_ab` or `state_distance`, which are of both.
  public let name: String
  /// What it is called for people.
  public let title: String
  public let unit: String
  /// Places at which one of them has it.
  public let places: Int
  /// Of these, where they differ.
  public let differing: Int
  /// The earliest of these: by iteration, then by token.
  public let first: Address?
  /// By token, the first iteration at which it differs there.
  public let firstOfToken: [Int: Int]
  /// The largest |A − B|; nil where they have it nowhere together.
  public let largest: Double?
  /// Where that is; nil where nothing differs.
  public let largestAt: Address?
  /// The median of |A − B| over the places that both have it.
  public let typical: Double?

  /// - Parameters:
  ///   - pairs: by iteration, then by token.
  ///   - tolerance: what is no difference yet, as a share of the larger number, or of 1.
  init(name: String, title: String, unit: String, _ pairs: [Pair], tolerance: Double) {
    self.name = name
    self.title = title
    self.unit = unit
    places = pairs.count { $0.a != nil || $0.b != nil }
    let different = pairs.filter { $0.differs(tolerance) }
    differing = different.count
    first = different.first?.place
    firstOfToken = Dictionary(
      different.map { ($0.place.token, $0.place.iteration) }, uniquingKeysWith: min)
    let sizes = pairs.compactMap(\.size).sorted()
    typical =
      sizes.isEmpty ? nil : (sizes[(sizes.count - 1) / 2] + sizes[sizes.count / 2]) / 2
    largest = sizes.last
    largestAt = different.max { ($0.size ?? -1) < ($1.size ?? -1) }?.place
  }
}
