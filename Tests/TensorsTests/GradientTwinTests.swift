import CKernels
import Foundation
import Testing

@testable import Tensors

/// Every kernel of training that this machine can run against its scalar twin.
@Suite struct GradientTwinTests {
  static let names = KernelTwinTests.names

  private func twins(_ name: String) throws -> (muninn_kernel_table, muninn_kernel_table) {
    (
      try #require(muninn_kernels_named(name)).pointee,
      try #require(muninn_kernels_named("scalar")).pointee
    )
  }

  @Test(arguments: names) func products(name: String) throws {
    let (vector, scalar) = try twins(name)
    for (rows, columns, depth) in [(1, 1, 1), (3, 5, 2), (13, 33, 17), (25, 70, 31), (12, 64, 48)] {
      for (isTurned, accumulates) in [(false, false), (true, true), (true, false)] {
        var numbers = TestNumbers(seed: UInt64(rows * depth))
        let a = numbers.floats((rows + 2) * (depth + 3))
        let b = numbers.floats(depth * (columns + 1))
        let start = numbers.floats(rows * (columns + 2))
        func run(_ table: muninn_kernel_table) -> [Float] {
          var c = start
          c.withUnsafeMutableBufferPointer { c in
            a.withUnsafeBufferPointer { a in
              b.withUnsafeBufferPointer { b in
                var call = muninn_product_call()
                call.a = a.baseAddress
                call.a_row = isTurned ? 1 : Int64(depth + 3)
                call.a_step = isTurned ? Int64(rows + 2) : 1
                (call.b, call.b_stride) = (b.baseAddress, Int64(columns + 1))
                (call.c, call.c_stride) = (c.baseAddress, Int64(columns + 2))
                (call.rows, call.columns) = (Int64(rows), Int64(columns))
                (call.depth, call.accumulates) = (Int64(depth), accumulates ? 1 : 0)
                table.product(&call)
              }
            }
          }
          return c
        }
        let (found, wanted) = (run(vector), run(scalar))
        #expect(relativeError(found, wanted) < 2e-6, "\(rows) x \(columns) x \(depth)")
        // Nothing is written past the columns.
        #expect(found[columns] == start[columns] && found[columns + 1] == start[columns + 1])
      }
    }
  }

  @Test(arguments: names) func gradientsOfWeights(name: String) throws {
    let (vector, scalar) = try twins(name)
    for (tokens, rows, columns) in [
      (1, 1, 1), (2, 9, 32), (7, 33, 70), (48, 64, 96), (193, 40, 31),
    ] {
      var numbers = TestNumbers(seed: UInt64(tokens))
      let (x, dy) = (numbers.floats(tokens * (columns + 1)), numbers.floats(tokens * (rows + 5)))
      let start = numbers.floats(rows * (columns + 3))
      func run(_ table: muninn_kernel_table) -> (packed: [UInt8], result: [Float]) {
        let count = Int(muninn_packed_bytes(MUNINN_BF16, Int64(columns), Int64(tokens)))
        let other = Int(muninn_packed_bytes(MUNINN_BF16, Int64(rows), Int64(tokens)))
        var (a, b) = ([UInt8](repeating: 7, count: other), [UInt8](repeating: 7, count: count))
        table.pack_rows(dy, Int64(rows + 5), Int64(tokens), Int64(rows), &a)
        table.pack_rows(x, Int64(columns + 1), Int64(tokens), Int64(columns), &b)
        var c = start
        c.withUnsafeMutableBufferPointer { c in
          a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
              var call = muninn_outer_call()
              (call.a, call.b) = (a.baseAddress, b.baseAddress)
              call.pairs = Int64((tokens + 1) / 2)
              (call.rows, call.columns) = (Int64(rows), Int64(columns))
              (call.c, call.c_stride) = (c.baseAddress, Int64(columns + 3))
              table.outer(&call)
            }
          }
        }
        return (b, c)
      }
      let (found, wanted) = (run(vector), run(scalar))
      #expect(found.packed == wanted.packed)
      #expect(relativeError(found.result, wanted.result) < 3e-6, "\(tokens) tokens")
      #expect(zip(found.result, start).filter { $0.0 == $0.1 }.count >= 3 * (rows - 1))
    }
  }

  /// What is not finite stays so, and what is too large becomes infinite.
  @Test(arguments: names) func packingRowsKeepsWhatIsNotFinite(name: String) throws {
    let (vector, scalar) = try twins(name)
    let x: [Float] = [.nan, .infinity, -.infinity, 3.4e38, -3.4e38, 3.3e38, 1, -0.0]
    var (a, b) = ([UInt16](repeating: 1, count: 128), [UInt16](repeating: 1, count: 128))
    vector.pack_rows(x, 4, 2, 4, &a)
    scalar.pack_rows(x, 4, 2, 4, &b)
    #expect(a == b && a[0] == 0x7fc0 && a[2] == 0x7f80 && a[1] == 0xff80)
  }

  /// A packed row pair is what `pack` makes of the transposed matrix.
  @Test func packingRowsIsPackingTheTranspose() throws {
    let (tokens, columns) = (37, 45)
    var numbers = TestNumbers(seed: 3)
    let x = numbers.floats(tokens * columns)
    var turned = [Float](repeating: 0, count: x.count)
    for t in 0..<tokens {
      for c in 0..<columns { turned[c * tokens + t] = x[t * columns + c] }
    }
    let scalar = try twins("scalar").0
    let count = Int(muninn_packed_bytes(MUNINN_BF16, Int64(columns), Int64(tokens)))
    var (a, b) = ([UInt8](repeating: 0, count: count), [UInt8](repeating: 0, count: count))
    scalar.pack_rows(x, Int64(columns), Int64(tokens), Int64(columns), &a)
    turned.withUnsafeBytes { turned in
      b.withUnsafeMutableBytes { b in
        var call = muninn_pack_call()
        (call.stored, call.format, call.weights) = (MUNINN_F32, MUNINN_BF16, turned.baseAddress)
        (call.stride, call.outputs, call.inputs) = (Int64(tokens), Int64(columns), Int64(tokens))
        (call.first_panel, call.end_panel, call.packed) = (0, 2, b.baseAddress)
        #expect(scalar.pack(&call) == -1)
      }
    }
    #expect(a == b)
  }

  @Test(arguments: names, KernelTwinTests.sizes)
  func elementwise(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: UInt64(size))
    let (x, y, dy) = (
      numbers.floats(size).map { $0 * 9 }, numbers.floats(size), numbers.floats(size)
    )
    let (w, start) = (numbers.floats(size), numbers.floats(size + 1))
    for accumulates: Int32 in [0, 1] {
      var (a, b, c, d) = (start, start, start, start)
      vector.rms_norm_gradient(x, w, 1e-3, dy, &a, accumulates, &b, Int64(size))
      scalar.rms_norm_gradient(x, w, 1e-3, dy, &c, accumulates, &d, Int64(size))
      #expect(relativeError(a, c) < 2e-6 && relativeError(b, d) < 2e-6)
    }
    // In place.
    var (a, b, gain) = (dy + [9], dy + [9], start)
    a.withUnsafeMutableBufferPointer {
      vector.rms_norm_gradient(x, w, 1e-3, $0.baseAddress, $0.baseAddress, 0, &gain, Int64(size))
    }
    b.withUnsafeMutableBufferPointer {
      scalar.rms_norm_gradient(x, w, 1e-3, $0.baseAddress, $0.baseAddress, 0, &gain, Int64(size))
    }
    #expect(relativeError(a, b) < 2e-6 && a[size] == 9)
    var (c, d, e, f) = (start, start, start, start)
    vector.silu_multiply_gradient(x, y, dy, &c, &d, Int64(size))
    scalar.silu_multiply_gradient(x, y, dy, &e, &f, Int64(size))
    #expect(relativeError(c, e) < 1e-6 && relativeError(d, f) < 1e-6)
    let target = Int64(size / 2)
    let loss = vector.cross_entropy(x, target, 0.7, &c, Int64(size))
    let twin = scalar.cross_entropy(x, target, 0.7, &e, Int64(size))
    #expect(abs(loss - twin) < 1e-6 * max(1, abs(twin)) && relativeError(c, e) < 2e-6)
    #expect(c[size] == start[size])
    vector.add(x, &c, Int64(size))
    scalar.add(x, &e, Int64(size))
    #expect(relativeError(c, e) < 2e-6)
  }

  /// Heads that fill registers and heads that do not: the same bits as the twin.
  @Test(arguments: names, [2, 6, 16, 32, 48]) func rotation(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    var numbers = TestNumbers(seed: UInt64(size))
    let (x, bias, table) = (
      numbers.floats(3 * size), numbers.floats(3 * size), numbers.floats(size)
    )
    for bias in [bias, nil] {
      var (a, b) = (x, x)
      if let bias {
        vector.rotate(&a, bias, table, 3, Int64(size))
        scalar.rotate(&b, bias, table, 3, Int64(size))
      } else {
        vector.rotate(&a, nil, table, 3, Int64(size))
        scalar.rotate(&b, nil, table, 3, Int64(size))
      }
      #expect(a == b)
    }
  }

  @Test(arguments: names, [2, 14, 32, 33, 96]) func attention(name: String, size: Int) throws {
    let (vector, scalar) = try twins(name)
    for tokens in [1, 2, 12, 17, 48, 65] {
      var numbers = TestNumbers(seed: UInt64(tokens))
      let qkv = numbers.floats(tokens * 3 * size).map { $0 * 2 }
      let dy = numbers.floats(tokens * (size + 1))
      func run(_ table: muninn_kernel_table) -> [Float] {
        let floats = Int(muninn_attention_scratch(Int64(tokens), Int64(size)))
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: floats * 4, alignment: 64)
        defer { scratch.deallocate() }
        var result = [Float](repeating: 5, count: tokens * 3 * size)
        result.withUnsafeMutableBufferPointer { result in
          qkv.withUnsafeBufferPointer { qkv in
            dy.withUnsafeBufferPointer { dy in
              guard let q = qkv.baseAddress, let d = result.baseAddress else { return }
              var call = muninn_attention_gradient_call()
              (call.q, call.k, call.v) = (q, q + size, q + 2 * size)
              (call.stride, call.d_stride) = (Int64(3 * size), Int64(3 * size))
              (call.dy, call.dy_stride) = (dy.baseAddress, Int64(size + 1))
              (call.dq, call.dk, call.dv) = (d, d + size, d + 2 * size)
              (call.head_dimension, call.tokens) = (Int64(size), Int64(tokens))
              call.scale = 1 / Float(size).squareRoot()
              call.scratch = scratch.bindMemory(to: Float.self, capacity: floats)
              table.attention_gradient(&call)
            }
          }
        }
        return result
      }
      #expect(relativeError(run(vector), run(scalar)) < 4e-6, "\(tokens) tokens")
    }
  }
}
