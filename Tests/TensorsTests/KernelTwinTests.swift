import CKernels
import Foundation
import Testing

@testable import Tensors

/// Every kernel this machine can run against its scalar twin.
@Suite struct KernelTwinTests {
  static let names: [String] = ["avx512", "avx2", "neon"].filter { (name: String) in
    muninn_kernels_named(name) != nil
  }
  static let sizes = [1, 3, 14, 16, 31, 33, 64, 70, 93, 557, 5003]

  private func twins(_ name: String) throws -> (muninn_kernel_table, muninn_kernel_table) {
    (
      try #require(muninn_kernels_named(name)).pointee,
      try #require(muninn_kernels_named("scalar")).pointee
    )
  }

  @Test func unknownNamesAreRefused() { #expect(muninn_kernels_named("abacus") == nil) }

  @Test(arguments: names, sizes) func elementwise(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: UInt64(size))
    let x = numbers.floats(size).map { $0 * 12 }
    let y = numbers.floats(size)
    let w = numbers.floats(size)
    var (a, b) = ([Float](repeating: 9, count: size + 1), [Float](repeating: 9, count: size + 1))
    vector.silu_multiply(x, y, &a, Int64(size))
    scalar.silu_multiply(x, y, &b, Int64(size))
    #expect(relativeError(a, b) < 3e-7)
    for residual in [nil, y] {
      residual.withPointer { residual in
        vector.rms_norm(x, residual, w, 1e-6, &a, Int64(size))
        scalar.rms_norm(x, residual, w, 1e-6, &b, Int64(size))
      }
      #expect(relativeError(a, b) < 1e-6)
    }
    #expect(a[size] == 9)  // nothing written past the end
    let largest = vector.maximum(x, Int64(size))
    #expect(largest == x.max())
    var (s, t, u, v) = (0.0, 0.0, 0.0, 0.0)
    vector.moments(x, largest, Int64(size), &s, &t)
    scalar.moments(x, largest, Int64(size), &u, &v)
    #expect(abs(s - u) < 1e-6 * u && abs(t - v) < 1e-6 * max(1, abs(v)))
    let (c, d) = (
      vector.cross(x, largest, y, Int64(size)), scalar.cross(x, largest, y, Int64(size))
    )
    #expect(abs(c - d) < 1e-6 * max(1, abs(d)))
  }

  /// Through silu(−x)·… the exponential is seen bare: 1/(1+exp(x)) for large negative x is 1 − e.
  @Test(arguments: names) func exponentialIsAccurate(name: String) throws {
    let (vector, _) = try twins(name)
    var worst = 0.0
    for step in 0..<20_000 {
      let x = -Float(step) * 87 / 20_000
      var (sum, weighted) = (0.0, 0.0)
      vector.moments([x], 0, 1, &sum, &weighted)
      let exact = exp(Double(x))
      worst = max(worst, abs(sum - exact) / Double(Float(exact).ulp))
    }
    #expect(worst <= 2, "\(worst) units in the last place")
  }

  @Test(arguments: names, [1, 2, 3, 4, 6, 7, 12, 13, 17, 37, 250])
  func linear(name: String, tokens: Int) throws {
    let (vector, scalar) = try twins(name)
    for (inputs, outputs) in [(1, 1), (31, 33), (70, 93), (513, 130), (1030, 31)] {
      for format in [MUNINN_F32, MUNINN_BF16] {
        var numbers = TestNumbers(seed: UInt64(tokens * inputs))
        let source = numbers.floats(inputs * outputs)
        let weight = stored(
          source, shape: [outputs, inputs], as: format == MUNINN_BF16 ? .bfloat16 : .float32)
        let storage = PackedStorage(
          count: Int(muninn_packed_bytes(format, Int64(outputs), Int64(inputs))))
        let bad = weight.region.withBytes(in: 1..<weight.region.count) {
          muninn_pack(
            format, $0.baseAddress, Int64(inputs), Int64(outputs), Int64(inputs), storage.bytes)
        }
        #expect(bad == -1)
        let x = Buffer(numbers.matrix(tokens, inputs))
        let bias = numbers.floats(outputs)
        let start = numbers.matrix(tokens, outputs)
        func run(_ kernel: (UnsafePointer<muninn_linear_call>?) -> Void) -> [Float] {
          let y = Buffer(start)
          bias.withUnsafeBufferPointer { bias in
            var call = muninn_linear_call()
            call.weights = UnsafeRawPointer(storage.bytes)
            (call.inputs, call.outputs) = (Int64(inputs), Int64(outputs))
            (call.first_panel, call.end_panel) = (0, Int64((outputs + 31) / 32))
            call.tokens = Int64(tokens)
            (call.x, call.x_stride) = (UnsafePointer(x.pointer), Int64(x.stride))
            (call.y, call.y_stride) = (y.pointer, Int64(y.stride))
            (call.z, call.z_stride) = (UnsafePointer(y.pointer), Int64(y.stride))
            call.bias = bias.baseAddress
            kernel(&call)
          }
          return y.matrix().values
        }
        let (a, b) =
          format == MUNINN_BF16
          ? (run { vector.linear_bf16($0) }, run { scalar.linear_bf16($0) })
          : (run { vector.linear_f32($0) }, run { scalar.linear_f32($0) })
        #expect(relativeError(a, b) < 3e-6)
      }
    }
  }

  @Test(arguments: names, [2, 14, 16, 33, 96, 128, 300])
  func attention(name: String, headDimension: Int) throws {
    let (vector, scalar) = try twins(name)
    for tokens in [1, 2, 17, 63, 64, 65, 130, 200] {
      var numbers = TestNumbers(seed: UInt64(tokens))
      let matrix = numbers.matrix(tokens, 3 * headDimension)
      let qkv = Buffer(
        Matrix(rows: tokens, columns: 3 * headDimension, values: matrix.values.map { $0 * 3 }))
      func run(_ kernel: (UnsafePointer<muninn_attention_call>?) -> Void) -> [Float] {
        let y = Buffer(rows: tokens, columns: headDimension)
        var call = muninn_attention_call()
        call.q = UnsafePointer(qkv.pointer)
        call.k = UnsafePointer(qkv.pointer + headDimension)
        call.v = UnsafePointer(qkv.pointer + 2 * headDimension)
        (call.stride, call.y, call.y_stride) = (Int64(qkv.stride), y.pointer, Int64(y.stride))
        (call.head_dimension, call.first, call.end) = (Int64(headDimension), 0, Int64(tokens))
        call.scale = 1 / Float(headDimension).squareRoot()
        kernel(&call)
        return y.matrix().values
      }
      #expect(relativeError(run { vector.attention($0) }, run { scalar.attention($0) }) < 3e-6)
    }
  }
}

extension [Float]? {
  fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
