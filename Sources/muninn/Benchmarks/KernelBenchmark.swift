import Checkpoints
import Foundation
import Tensors

/// Times the linear kernels alone, each next to its ceiling.
struct KernelBenchmark {
  /// One way to store and multiply a weight.
  private struct Kernel {
    let name: String
    let stored: ElementType
    let precision: Precision
  }

  private static let kernels = [
    Kernel(name: "bf16-exact", stored: .bfloat16, precision: .exact),
    Kernel(name: "bf16", stored: .bfloat16, precision: .fast),
    Kernel(name: "int8", stored: .bfloat16, precision: .int8),
    Kernel(name: "int4", stored: .bfloat16, precision: .int4),
    Kernel(name: "f32", stored: .float32, precision: .exact),
  ]

  /// Sizes of the weight; by default queries, keys and values of Huginn-0125.
  var outputs = 15_840
  var inputs = 5_280
  var tokens = [1, 16, 32, 128]
  /// For each figure; all of them fit 50 seconds.
  var seconds = 1.2
  let team: ThreadTeam
  let json: Bool

  func run(print: (String) throws -> Void) throws {
    if !json {
      try print(
        "\(outputs) x \(inputs), \(team.count) threads, \(KernelTiming.kernelName) kernels; "
          + "medians beside a read of the same bytes and register-only products")
    }
    for kernel in Self.kernels {
      let weight = RandomWeights.tensor(
        outputs: outputs, inputs: inputs, type: kernel.stored, deviation: 0.02)
      let linear = try Linear(weight, precision: kernel.precision, team: team)
      let error =
        kernel.precision == .exact
        ? nil : try PrecisionError.measure(weight, precision: kernel.precision, team: team).relative
      let timing = KernelTiming(linear, team: team)
      for count in tokens {
        let figure = timing.measure(tokens: count, seconds: seconds)
        try print(json ? line(kernel, figure, error) : row(kernel, figure, error))
      }
    }
  }

  private func line(_ kernel: Kernel, _ figure: KernelTiming.Figure, _ error: Double?) -> String {
    var line = JSONLine()
    line.add("kernel", kernel.name)
    line.add("tokens", figure.tokens)
    line.add("milliseconds", raw: decimal(figure.milliseconds))
    line.add("share_of_ceiling", raw: decimal(figure.shareOfCeiling))
    line.add("ceiling", figure.isBoundByMemory ? "memory" : "arithmetic")
    line.add("read_milliseconds", raw: decimal(figure.readMilliseconds))
    line.add("arithmetic_milliseconds", raw: decimal(figure.arithmeticMilliseconds))
    line.add("packed_bytes", figure.packedBytes)
    line.add("relative_error", raw: error.map { String(format: "%.3g", $0) } ?? "0")
    line.add("instructions", KernelTiming.kernelName)
    return line.line
  }

  private func row(_ kernel: Kernel, _ figure: KernelTiming.Figure, _ error: Double?) -> String {
    let rate = Double(figure.packedBytes) / figure.milliseconds / 1e6
    let read = Double(figure.packedBytes) / figure.readMilliseconds / 1e6
    let flops = 2 * Double(figure.multiplyAdds) / figure.milliseconds / 1e6
    let peak: Double? =
      figure.arithmeticMilliseconds > 0
      ? 2 * Double(figure.multiplyAdds) / figure.arithmeticMilliseconds / 1e6 : nil
    let name = kernel.name.padding(toLength: 10, withPad: " ", startingAt: 0)
    let tokens = String(format: "%4d", figure.tokens)
    let numbers = String(
      format: "%9.3f ms  %6.1f of %6.1f GB/s  %7.1f of %@ Gflop/s  %3.0f %% of the ",
      figure.milliseconds, rate, read, flops,
      peak.map { String(format: "%7.1f", $0) } ?? "unknown", figure.shareOfCeiling * 100)
    return name + tokens + " tokens" + numbers
      + (figure.isBoundByMemory ? "memory ceiling" : "arithmetic ceiling")
      + (error.map { String(format: ", error %.2g", $0) } ?? "")
  }

  private func decimal(_ value: Double) -> String { String(format: "%.4f", value) }
}
