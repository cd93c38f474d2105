import Glibc

/// The diagonal injection of Parcae, a recurrence that forgets each element at a rate of its own:
///
///     s ← s ⊙ decay + dt ⊙ (B·e),   dt = softplus(dt_bias),   decay = exp(−dt · exp(A_log))
///
/// so that decay, from 0 to 1, is how much of a state an iteration keeps before its blocks. It is the
/// same for every prompt: what is said of it here is read from the weights alone.
public struct DiagonalInjection: Sendable, Hashable {
  /// dt · exp(A_log), by which the logarithm of what is left falls at every iteration.
  public let rate: [Float]  // [width]
  /// How much of B·e each element takes.
  public let step: [Float]  // [width]
  /// How much of the state each element keeps.
  public let decay: [Float]  // [width]

  /// - Precondition: as many of one as of the other.
  public init(logRate: [Float], stepBias: [Float]) {
    precondition(logRate.count == stepBias.count, "\(logRate.count) rates, \(stepBias.count) steps")
    // log(1 + eˣ), which is x once eˣ has swallowed the 1.
    let steps = stepBias.map { bias in
      let x = Double(bias)
      return x > 20 ? x : log1p(exp(x))
    }
    let rates = zip(steps, logRate).map { $0 * exp(Double($1)) }
    rate = rates.map { Float(min($0, Double(Float.greatestFiniteMagnitude))) }
    step = steps.map { Float($0) }
    decay = rates.map { Float(exp(-$0)) }
  }

  /// One that was written down.
  /// - Precondition: as many rates as steps.
  public init(rate: [Float], step: [Float]) {
    precondition(rate.count == step.count, "\(rate.count) rates, \(step.count) steps")
    self.rate = rate
    self.step = step
    decay = rate.map { Float(exp(-Double($0))) }
  }

  /// Whether all of it is numbers, and no element grows by itself.
  public var isContracting: Bool {
    step.allSatisfy(\.isFinite) && rate.allSatisfy { $0 >= 0 }
  }
}

extension DiagonalInjection {
  /// The elements, those that forget slowest first; of equals the first first.
  public var slowestFirst: [Int] {
    rate.indices.sorted { (rate[$0], $0) < (rate[$1], $1) }
  }

  /// Iterations after which half of what an element holds is left, were nothing added: ln 2 / rate. 0
  /// where an iteration keeps nothing, nil where it keeps all.
  public func halfLife(of element: Int) -> Double? { Self.halfLife(rate: Double(rate[element])) }

  /// The same of a share that an iteration keeps.
  public static func halfLife(keeping share: Double) -> Double? { halfLife(rate: -log(share)) }

  private static func halfLife(rate: Double) -> Double? { rate > 0 ? log(2) / rate : nil }

  /// What is left of an element after so many iterations, were nothing added: decayⁿ.
  public func left(of element: Int, after iterations: Int) -> Double {
    iterations == 0 ? 1 : exp(-Double(rate[element]) * Double(iterations))
  }

  /// What an element comes to where the injection alone drives it, as a multiple of its B·e:
  /// dt / (1 − decay); nil where it forgets nothing, and so grows without end.
  public func gain(of element: Int) -> Double? {
    let forgotten = -expm1(-Double(rate[element]))
    return forgotten > 0 ? Double(step[element]) / forgotten : nil
  }

  /// What an iteration keeps at a share of the elements, the least first: 0 is the least, 0.5 the median,
  /// 1 the most; between two elements on the line from one to the other. nil without elements.
  public func kept(at share: Double) -> Double? {
    let sorted = decay.sorted()
    guard let last = sorted.indices.last else { return nil }
    let place = min(1, max(0, share)) * Double(last)
    let below = Int(place)
    let above = min(last, below + 1)
    let (low, high) = (Double(sorted[below]), Double(sorted[above]))
    return low + (high - low) * (place - Double(below))
  }

  /// How many elements keep a share within each of so many equal parts of 0…1; the last part has 1, too.
  /// - Precondition: at least one part.
  public func histogram(parts: Int) -> [Int] {
    precondition(parts > 0, "\(parts) parts")
    var counts = [Int](repeating: 0, count: parts)
    for share in decay { counts[min(parts - 1, Int(share * Float(parts)))] += 1 }
    return counts
  }
}
