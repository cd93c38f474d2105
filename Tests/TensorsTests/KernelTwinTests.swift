import CKernels
import Foundation
import Testing

@testable import Tensors

/// Every kernel this machine can run against its scalar twin.
@Suite struct KernelTwinTests {
  static let names: [String] = [
    "avx512bf16", "avx512vnni", "avx512", "avx2", "neondot", "neon",
  ].filter { muninn_kernels_named($0) != nil }
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

  @Test(arguments: names, sizes) func activationsAndLayerNorm(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: UInt64(size))
    let x = numbers.floats(size).map { $0 * 4 + 1 }
    let (w, bias) = (numbers.floats(size), numbers.floats(size))
    var (a, b) = ([Float](repeating: 9, count: size + 1), [Float](repeating: 9, count: size + 1))
    vector.gelu(x, &a, Int64(size))
    scalar.gelu(x, &b, Int64(size))
    #expect(relativeError(a, b) < 3e-7)
    vector.gelu_tanh(x, &a, Int64(size))
    scalar.gelu_tanh(x, &b, Int64(size))
    #expect(relativeError(a, b) < 3e-7)
    for bias in [nil, bias] {
      bias.withPointer { bias in
        vector.layer_norm(x, w, bias, 1e-5, &a, Int64(size))
        scalar.layer_norm(x, w, bias, 1e-5, &b, Int64(size))
      }
      #expect(relativeError(a, b) < 2e-7)
    }
    #expect(a[size] == 9)
  }

  /// Against the formulas in float64, from where they vanish to where they are the identity.
  @Test(arguments: names) func geluIsAccurate(name: String) throws {
    let (vector, scalar) = try twins(name)
    let x = (-24_000...24_000).map { Float($0) / 2000 }
    var (y, curved) = (x, x)
    vector.gelu(x, &y, Int64(x.count))
    vector.gelu_tanh(x, &curved, Int64(x.count))
    for (i, v) in x.map(Double.init).enumerated() {
      let allowed = 3e-7 * max(1, abs(v))
      #expect(abs(Double(y[i]) - 0.5 * v * erfc(-v / 2.0.squareRoot())) < allowed, "\(v)")
      let z = (2 / Double.pi).squareRoot() * (v + 0.044_715 * v * v * v)
      #expect(abs(Double(curved[i]) - v / (1 + exp(-2 * z))) < allowed, "\(v)")
    }
    // What is not finite comes out as from the library.
    let odd: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 3e38, -3e38, 0, -0.0, 1e-37]
    for (one, other) in [(vector.gelu, scalar.gelu), (vector.gelu_tanh, scalar.gelu_tanh)] {
      var (a, b) = (odd, odd)
      one?(odd, &a, Int64(odd.count))
      other?(odd, &b, Int64(odd.count))
      #expect(zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(a) \(b)")
    }
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

  /// A weight packed by a table, and what the packer answered.
  private func pack(
    _ weight: StoredTensor, _ format: Int32, by table: muninn_kernel_table
  ) throws -> (storage: PackedStorage, bad: Int64) {
    let (outputs, inputs) = (Int64(weight.shape[0]), Int64(weight.shape[1]))
    let storage = try PackedStorage(count: Int(muninn_packed_bytes(format, outputs, inputs)))
    let bad = weight.region.withBytes(in: 1..<weight.region.count) {
      var call = muninn_pack_call()
      (call.stored, call.format) = (weight.elementType.kernelFormat, format)
      (call.weights, call.stride) = ($0.baseAddress, inputs)
      (call.outputs, call.inputs) = (outputs, inputs)
      (call.first_panel, call.end_panel) = (0, (outputs + 31) / 32)
      call.packed = storage.bytes
      return table.pack(&call)
    }
    return (storage, bad)
  }

  /// Whole panels and blocks, and what is left over at every edge.
  @Test(arguments: names, ElementType.allCases) func packing(name: String, type: ElementType) throws
  {
    let (vector, scalar) = try twins(name)
    for (inputs, outputs) in [(1, 1), (31, 33), (32, 32), (64, 70), (93, 96), (513, 130)] {
      var numbers = TestNumbers(seed: UInt64(inputs))
      // Magnitudes of many sizes, blocks of zeros, and signs at the extremes.
      let values = numbers.floats(inputs * outputs).enumerated().map { index, value in
        index / 7 % 11 == 3 ? 0 : value * Float(1 << (index / 41 % 12))
      }
      let weight = stored(values, shape: [outputs, inputs], as: type)
      for format in [MUNINN_BF16, MUNINN_F32, MUNINN_INT8, MUNINN_INT4] {
        if format == MUNINN_F32 && type == .bfloat16 { continue }
        let (a, b) = (
          try pack(weight, format, by: vector), try pack(weight, format, by: scalar)
        )
        #expect(a.bad == -1 && b.bad == -1)
        let same = memcmp(a.storage.bytes, b.storage.bytes, a.storage.count) == 0
        #expect(same, "\(inputs) x \(outputs), format \(format)")
      }
    }
  }

  @Test(arguments: names, ElementType.allCases)
  func packingFindsTheFirstBadWeight(name: String, type: ElementType) throws {
    let (vector, _) = try twins(name)
    for places in [
      [5], [7_000, 6_999], [71 * 99], [71 * 70 + 3, 71 * 40 + 60], [71 * 31, 71 + 64],
    ] {
      var values = [Float](repeating: 0.5, count: 71 * 100)
      for place in places { values[place] = place % 2 == 0 ? .infinity : .nan }
      let weight = stored(values, shape: [100, 71], as: type)
      for format in [MUNINN_BF16, MUNINN_F32, MUNINN_INT8, MUNINN_INT4] {
        if format == MUNINN_F32 && type == .bfloat16 { continue }
        #expect(try pack(weight, format, by: vector).bad == Int64(places.min() ?? -1))
      }
    }
  }

  @Test(arguments: names, [1, 2, 3, 4, 6, 7, 12, 13, 17, 37, 250])
  func linear(name: String, tokens: Int) throws {
    let (vector, scalar) = try twins(name)
    for (inputs, outputs) in [(1, 1), (31, 33), (70, 93), (513, 130), (1030, 31), (33, 290)] {
      for precision in Precision.allCases {
        let types: [ElementType] = precision == .exact ? [.float32, .bfloat16] : [.bfloat16]
        for type in types {
          var numbers = TestNumbers(seed: UInt64(tokens * inputs))
          let weight = stored(
            numbers.floats(inputs * outputs), shape: [outputs, inputs], as: type)
          let format = precision.format(of: type)
          let (storage, bad) = try pack(weight, format, by: scalar)
          #expect(bad == -1)
          let x = Buffer(numbers.matrix(tokens, inputs))
          let bias = numbers.floats(outputs)
          let start = numbers.matrix(tokens, outputs)
          func run(_ table: muninn_kernel_table) -> [Float] {
            let y = Buffer(start)
            let stride = Int(muninn_prepared_bytes(Int64(inputs)))
            let prepared = x.preparedRows(bytes: tokens * stride)
            memset(prepared, 0x7f, tokens * stride)
            for row in 0..<tokens where precision != .exact {
              let (from, to) = (x.pointer + row * x.stride, prepared + row * stride)
              if precision == .fast {
                table.prepare_fast(from, Int64(inputs), to)
              } else {
                table.prepare_integer(from, Int64(inputs), to)
              }
            }
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
              (call.prepared, call.prepared_stride) = (UnsafeRawPointer(prepared), Int64(stride))
              table.linear(precision: precision, format: format)(&call)
            }
            return y.matrix().values
          }
          #expect(relativeError(run(vector), run(scalar)) < 3e-6, "\(precision) \(inputs)")
        }
      }
    }
  }

  /// What a row becomes before a rounded product: the same bytes from every table that stores them
  /// the same way.
  @Test(arguments: names, sizes) func preparing(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: UInt64(size) + 9)
    let x = numbers.floats(size).map { $0 * 100 }
    let bytes = Int(muninn_prepared_bytes(Int64(size)))
    let (a, b) = (Buffer(), Buffer())
    let (left, right) = (a.preparedRows(bytes: bytes), b.preparedRows(bytes: bytes))
    vector.prepare_integer(x, Int64(size), left)
    scalar.prepare_integer(x, Int64(size), right)
    #expect(memcmp(left, right, Int(muninn_prepared_alike(Int64(size)))) == 0)
    scalar.prepare_fast(x, Int64(size), right)
    let rounded = UnsafeBufferPointer(start: right.assumingMemoryBound(to: Float.self), count: size)
    #expect(relativeError(Array(rounded), x) < 0.004)
    guard name == "avx512bf16" else { return }
    vector.prepare_fast(x, Int64(size), left)
    let halves = UnsafeBufferPointer(start: left.assumingMemoryBound(to: UInt16.self), count: size)
    #expect(halves.map { Float(bitPattern: UInt32($0) << 16) } == Array(rounded))
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

  /// A token that sees itself alone gets its own value, to the bit, and nothing of it where its score is
  /// no number.
  @Test(arguments: names, [2, 14, 32, 33, 96])
  func attentionOfOneToken(name: String, headDimension: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: 3)
    for (query, value) in [
      (1, 1), (1, -Float.zero), (1, .infinity), (1, .nan), (Float.infinity, 1), (.nan, 1),
      (-.infinity, 1), (Float.greatestFiniteMagnitude, 1),
    ] {
      var x = numbers.matrix(1, 3 * headDimension).values
      x[0] = query
      x[headDimension] = 2
      x[2 * headDimension] = value
      func run(_ kernel: (UnsafePointer<muninn_attention_call>?) -> Void) -> [Float] {
        var y = [Float](repeating: 7, count: headDimension)
        x.withUnsafeBufferPointer { x in
          y.withUnsafeMutableBufferPointer { y in
            var call = muninn_attention_call()
            call.q = x.baseAddress
            call.k = x.baseAddress.map { $0 + headDimension }
            call.v = x.baseAddress.map { $0 + 2 * headDimension }
            (call.stride, call.y, call.y_stride) = (0, y.baseAddress, 0)
            (call.head_dimension, call.first, call.end) = (Int64(headDimension), 0, 1)
            call.scale = 1
            kernel(&call)
          }
        }
        return y
      }
      let (found, twin) = (run { vector.attention($0) }, run { scalar.attention($0) })
      let isNumber = query == 1
      for (index, pair) in zip(found, twin).enumerated() {
        let expected = isNumber ? x[2 * headDimension + index] + 0 : .nan
        #expect(pair.0.isNaN == expected.isNaN && pair.1.isNaN == expected.isNaN)
        #expect(expected.isNaN || pair.0 == expected && pair.1 == expected)
      }
    }
  }

  @Test(arguments: names, [2, 14, 16, 33, 96, 128, 300])
  func cachedAttention(name: String, headDimension: Int) throws {
    let (vector, scalar) = try twins(name)
    for (keys, heads, group) in [(1, 1, 1), (7, 2, 1), (8, 4, 2), (17, 3, 3), (130, 2, 2)] {
      var numbers = TestNumbers(seed: UInt64(keys * 1000 + headDimension))
      let query = numbers.matrix(heads, headDimension).values.map { $0 * 3 }
      let width = heads / group * headDimension
      // Keys, a gap, values: rows lie further apart than they are long.
      let kept = numbers.matrix(keys, 2 * width + 5).values
      func run(_ kernel: (UnsafePointer<muninn_cached_attention_call>?) -> Void) -> [Float] {
        var y = [Float](repeating: .nan, count: heads * headDimension + 1)
        var scores = [Float](repeating: 0, count: heads * keys)
        query.withUnsafeBufferPointer { query in
          kept.withUnsafeBufferPointer { kept in
            // The last row first: rows may lie anywhere.
            let rows = (0..<keys).reversed().map { row in
              kept.baseAddress.map { $0 + row * (2 * width + 5) }
            }
            rows.withUnsafeBufferPointer { rows in
              scores.withUnsafeMutableBufferPointer { scores in
                y.withUnsafeMutableBufferPointer { y in
                  var call = muninn_cached_attention_call()
                  call.q = query.baseAddress
                  call.rows = rows.baseAddress
                  (call.key, call.value, call.keys) = (0, Int64(width + 5), Int64(keys))
                  (call.heads, call.group) = (Int64(heads), Int64(group))
                  call.head_dimension = Int64(headDimension)
                  call.scale = 1 / Float(headDimension).squareRoot()
                  (call.scores, call.y) = (scores.baseAddress, y.baseAddress)
                  kernel(&call)
                }
              }
            }
          }
        }
        #expect(y[heads * headDimension].isNaN, "wrote past its end")
        return Array(y.dropLast())
      }
      let error = relativeError(
        run { vector.cached_attention($0) }, run { scalar.cached_attention($0) })
      #expect(error < 3e-6, "\(keys) keys")
    }
  }
}

extension [Float]? {
  fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return body(nil) }
    self.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
