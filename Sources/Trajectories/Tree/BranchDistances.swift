import Tensors

/// How far two branches are from each other, on one clock: what the side that computes tells of
/// them, since it takes whole distributions and states. Grows with every iteration both have.
public struct BranchDistances: Sendable, Hashable {
  /// After one iteration. Rows are the positions that both texts have; nil where one of the two was
  /// not run so far. A number that is not one stays not one.
  public struct Iteration: Sendable, Hashable {
    /// KL(A‖B) of what they would say next, nats.
    public let divergence: [Float?]  // [rows]
    /// ‖ln_f(A) − ln_f(B)‖
    public let distance: [Float?]  // [rows]

    public init(divergence: [Float?], distance: [Float?]) {
      precondition(divergence.count == distance.count, "one of each a row")
      self.divergence = divergence
      self.distance = distance
    }

    /// Of the positions that both have.
    /// - Parameters:
    ///   - logits: of A, then of B.  // [tokens, vocabulary]
    ///   - normalized: ln_f of the states.  // [tokens, width]
    public init(logits: (Matrix, Matrix), normalized: (Matrix, Matrix)) {
      let rows = min(normalized.0.rows, normalized.1.rows)
      self.init(
        divergence: (0..<rows).map {
          BranchDistances.divergence(logits.0.row($0), logits.1.row($0))
        },
        distance: (0..<rows).map {
          StateMetrics.distance(normalized.0.row($0), normalized.1.row($0))
        })
    }
  }

  /// From s₀ on.
  public private(set) var iterations: [Iteration]

  public init(_ iterations: [Iteration] = []) { self.iterations = iterations }

  public mutating func append(_ next: Iteration) { iterations.append(next) }

  /// Takes in what is known of an iteration, in place of what was known of it before.
  public mutating func take(_ next: Iteration, at iteration: Int) {
    while iterations.count <= iteration {
      iterations.append(Iteration(divergence: [], distance: []))
    }
    iterations[iteration] = next
  }

  /// KL(A‖B), nats, of two rows of logits.
  public static func divergence(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float? {
    // What is the same to the last bit differs by nothing, not by what rounding leaves.
    if a.elementsEqual(b), Operations.isFinite(a) { return 0 }
    return Operations.softmaxStatistics(b, previous: a).divergenceFromPrevious.map { Float($0) }
  }

  /// KL(A‖B) at a place, nats; nil where it is not known.
  public func divergence(_ place: Address) -> Float? { value(place, \.divergence) }

  /// ‖ln_f(A) − ln_f(B)‖ at a place; nil where it is not known.
  public func distance(_ place: Address) -> Float? { value(place, \.distance) }

  /// ‖ln_f(A) − ln_f(B)‖ of the whole state after an iteration: of the positions known.
  public func norm(_ iteration: Int) -> Float? {
    guard iterations.indices.contains(iteration) else { return nil }
    return Self.norm(iterations[iteration].distance.compactMap(\.self))
  }

  private static func norm(_ distances: [Float]) -> Float? {
    guard !distances.isEmpty else { return nil }
    return Float(distances.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
  }

  private func value(_ place: Address, _ of: KeyPath<Iteration, [Float?]>) -> Float? {
    guard iterations.indices.contains(place.iteration) else { return nil }
    let row = iterations[place.iteration][keyPath: of]
    return row.indices.contains(place.token) ? row[place.token] : nil
  }
}
