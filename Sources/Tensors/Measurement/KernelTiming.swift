import CKernels

/// Times linear maps next to what the machine can do at that moment.
///
/// Memory and clock speeds of shared machines change within seconds, so every call of a kernel is
/// paired with a plain read of the same bytes and with register-only products, and medians of the
/// three are compared.
public struct KernelTiming: Sendable {
  /// What was measured for one map and one number of tokens.
  public struct Figure: Sendable {
    public let tokens: Int
    /// The product, rounding of activations included.
    public let milliseconds: Double
    /// A plain read of the packed weights.
    public let readMilliseconds: Double
    /// The same number of register-only multiply-adds; 0 when there is no such loop.
    public let arithmeticMilliseconds: Double
    public let packedBytes: Int
    public let multiplyAdds: Int

    /// The time nothing can go below: weights must be read, and products must be computed.
    public var ceilingMilliseconds: Double { max(readMilliseconds, arithmeticMilliseconds) }
    public var shareOfCeiling: Double { ceilingMilliseconds / milliseconds }
    public var isBoundByMemory: Bool { readMilliseconds >= arithmeticMilliseconds }
  }

  private let linear: Linear
  private let team: ThreadTeam
  private let clock = ContinuousClock()

  public init(_ linear: Linear, team: ThreadTeam) {
    self.linear = linear
    self.team = team
  }

  /// Medians of interleaved calls, at least three of each and as many as `seconds` allow.
  public func measure(tokens: Int, seconds: Double) -> Figure {
    let x = Buffer(rows: tokens, columns: linear.inputs)
    for row in 0..<tokens {
      for column in 0..<linear.inputs {
        x[row, column] = Float((row * 31 + column * 17) % 201 - 100) / 100
      }
    }
    let y = Buffer()
    let work = tokens * linear.inputs * linear.outputs
    linear.apply(x, into: y, team: team)
    _ = read()
    var times: [(kernel: Double, read: Double, arithmetic: Double)] = []
    let started = clock.now
    while times.count < 3
      || (times.count < 25 && started.duration(to: clock.now) < .seconds(seconds))
    {
      let reading = read()
      let rate = Self.multiplyAddsPerMillisecond(linear.precision, team: team)
      let kernel = clock.measure { linear.apply(x, into: y, team: team) } / .milliseconds(1)
      times.append((kernel, reading, rate > 0 ? Double(work) / rate : 0))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    return Figure(
      tokens: tokens, milliseconds: median(times.map(\.kernel)),
      readMilliseconds: median(times.map(\.read)),
      arithmeticMilliseconds: median(times.map(\.arithmetic)),
      packedBytes: linear.packedBytes, multiplyAdds: work)
  }

  /// Milliseconds of a plain read of the packed weights on all threads.
  private func read() -> Double {
    let chunk = 1 << 20
    let packed = linear.packed
    return clock.measure {
      team.run(tiles: (packed.count + chunk - 1) / chunk, work: .max) { tile in
        guard let base = packed.baseAddress else { return }
        _ = muninn_read(base + tile * chunk, Int64(min(chunk, packed.count - tile * chunk)))
      }
    } / .milliseconds(1)
  }

  /// Register-only multiply-adds of the kind that products of a precision use, on all threads; 0 where
  /// there is no such loop.
  public static func multiplyAddsPerMillisecond(
    _ precision: Precision, team: ThreadTeam
  ) -> Double {
    let each = multiply(precision, rounds: 1)
    guard each > 0 else { return 0 }
    let tiles = team.count * 16
    let rounds = 6_000_000 / each
    let time = ContinuousClock().measure {
      team.run(tiles: tiles, work: .max) { _ in _ = multiply(precision, rounds: rounds) }
    }
    return Double(each * rounds) * Double(tiles) / (time / .milliseconds(1))
  }

  /// `rounds` rounds of products; returns multiply-adds a round, 0 where there is no such loop.
  private static func multiply(_ precision: Precision, rounds: Int64) -> Int64 {
    var sum: Float = 0
    switch precision {
    case .exact: return muninn_fma_peak(rounds, &sum)
    case .fast:
      return kernelName == "avx512bf16"
        ? muninn_bf16_peak(rounds, &sum) : muninn_fma_peak(rounds, &sum)
    case .int8: return muninn_int8_peak(rounds, &sum)
    case .int4: return muninn_int4_peak(rounds, &sum)
    }
  }

  /// The instruction set of the kernels in use.
  public static var kernelName: String { String(cString: muninn_kernels().pointee.name) }
}
