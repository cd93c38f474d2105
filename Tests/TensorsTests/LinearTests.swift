import Foundation
import Testing

@testable import Tensors

@Suite struct LinearTests {
  static func reference(_ x: Matrix, _ w: [Float], outputs: Int) -> [Float] {
    var y: [Float] = []
    for t in 0..<x.rows {
      for o in 0..<outputs {
        var sum = 0.0
        for k in 0..<x.columns { sum += Double(x[t, k]) * Double(w[o * x.columns + k]) }
        y.append(Float(sum))
      }
    }
    return y
  }

  @Test(arguments: [1, 2, 3, 5, 8, 14, 15, 17, 33], ElementType.allCases)
  func matchesFloat64(tokens: Int, type: ElementType) throws {
    for (inputs, outputs) in [(1, 1), (3, 31), (70, 93), (93, 33), (557, 96), (1031, 160)] {
      var numbers = TestNumbers(seed: UInt64(tokens * 1000 + inputs))
      let weight = stored(
        numbers.floats(inputs * outputs), shape: [outputs, inputs], as: type)
      let bias = stored(numbers.floats(outputs), shape: [outputs])
      let x = numbers.matrix(tokens, inputs)
      let z = numbers.matrix(tokens, outputs)
      let linear = try Linear(weight)
      let y = Buffer()
      let expected = Self.reference(x, weight.floats(), outputs: outputs)
      linear.apply(Buffer(x), into: y, team: .single)
      #expect(relativeError(y.matrix().values, expected) < 2e-6)
      // y += x W' with a bias, in place.
      let sum = Buffer(z)
      try Linear(weight, bias: bias).apply(Buffer(x), adding: sum, into: sum, team: .single)
      let b = bias.floats()
      let shifted = expected.indices.map { expected[$0] + b[$0 % outputs] + z.values[$0] }
      #expect(relativeError(sum.matrix().values, shifted) < 2e-6)
    }
  }

  /// The way back is the transpose of the way there, for every size and element type, on any threads.
  @Test(arguments: ElementType.allCases) func theTransposeIsExact(type: ElementType) throws {
    for (inputs, outputs, rows) in [(1, 1, 1), (3, 31, 2), (70, 93, 5), (257, 33, 3), (600, 96, 2)]
    {
      var numbers = TestNumbers(seed: UInt64(inputs))
      let weight = stored(
        numbers.floats(inputs * outputs), shape: [outputs, inputs], as: type)
      let bias = stored(numbers.floats(outputs), shape: [outputs])
      let linear = try Linear(weight, bias: bias)
      let dy = numbers.matrix(rows, outputs)
      let (one, many) = (Buffer(), Buffer())
      linear.applyTransposed(Buffer(dy), into: one, team: .single)
      linear.applyTransposed(Buffer(dy), into: many, team: ThreadTeam(count: 3))
      #expect(one.matrix() == many.matrix())
      let w = weight.floats()
      let turned = (0..<inputs).flatMap { k in (0..<outputs).map { w[$0 * inputs + k] } }
      let expected = Self.reference(dy, turned, outputs: inputs)
      #expect(relativeError(one.matrix().values, expected) < 2e-6)
      // Differences know no bias.
      let x = Buffer(numbers.matrix(rows, inputs))
      let (with, without) = (Buffer(), Buffer())
      try Linear(weight).apply(x, into: with, team: .single)
      linear.applyWithoutBias(x, into: without, team: .single)
      #expect(with.matrix() == without.matrix())
    }
    #expect(
      try !Linear(stored([1], shape: [1, 1]), precision: .int8).isDifferentiable)
  }

  @Test func threadsDoNotChangeABit() throws {
    var numbers = TestNumbers(seed: 5)
    let weight = stored(numbers.floats(1024 * 700), shape: [700, 1024])
    let linear = try Linear(weight)
    let x = Buffer(numbers.matrix(17, 1024))
    let (one, many) = (Buffer(), Buffer())
    linear.apply(x, into: one, team: .single)
    let team = ThreadTeam(count: 5)
    for _ in 0..<50 {
      many.fill(0)
      linear.apply(x, into: many, team: team)
      #expect(many.matrix() == one.matrix())
    }
  }

  @Test(arguments: ElementType.allCases) func halvesOfAConcatenation(type: ElementType) throws {
    var numbers = TestNumbers(seed: 7)
    let weight = stored(numbers.floats(40 * 66), shape: [40, 66], as: type)
    let (left, right) = (numbers.matrix(3, 33), numbers.matrix(3, 33))
    let y = Buffer()
    try Linear(weight, columns: 0..<33).apply(Buffer(left), into: y, team: .single)
    try Linear(weight, columns: 33..<66).apply(Buffer(right), adding: y, into: y, team: .single)
    let both = Buffer(rows: 3, columns: 66)
    both.load(left, column: 0)
    both.load(right, column: 33)
    let expected = Self.reference(both.matrix(), weight.floats(), outputs: 40)
    #expect(relativeError(y.matrix().values, expected) < 2e-6)
  }

  @Test(arguments: ElementType.allCases) func refusesWhatIsNotFinite(type: ElementType) {
    for (value, place) in [(Float.nan, 77), (.infinity, 0), (-.infinity, 131)] {
      var values = [Float](repeating: 0.5, count: 132)
      values[place] = value
      let weight = stored(values, shape: [12, 11], as: type, name: "core.weight")
      let expected = NonFiniteWeight(tensor: "core.weight", index: place, shape: [12, 11])
      #expect(throws: expected) { try Linear(weight) }
      for precision in Precision.allCases {
        let right = Result { try Linear(weight, columns: 5..<11, precision: precision) }
        if case .failure(let error) = right {
          #expect(error as? NonFiniteWeight == expected && place % 11 > 4)
        } else {
          #expect(place % 11 <= 4)
        }
      }
    }
  }

  /// Many tiles on many threads, two bad weights: the first is named, every time.
  @Test func theFirstBadWeightDoesNotDependOnThreads() {
    var values = [Float](repeating: 0.5, count: 3000 * 700)
    values[2900 * 700 + 1] = .nan
    values[1500 * 700 + 699] = .infinity
    let weight = stored(values, shape: [3000, 700], name: "core.weight")
    let team = ThreadTeam(count: 4)
    let expected = NonFiniteWeight(
      tensor: "core.weight", index: 1500 * 700 + 699, shape: [3000, 700])
    for _ in 0..<20 { #expect(throws: expected) { try Linear(weight, team: team) } }
  }

  @Test func packingReportsAndStops() {
    struct Stop: Error {}
    let weight = stored([Float](repeating: 1, count: 64 * 64), shape: [64, 64])
    var last = 0.0
    #expect(throws: Never.self) { try Linear(weight) { last = $0 } }
    #expect(last == 1)
    #expect(throws: Stop.self) { try Linear(weight) { _ in throw Stop() } }
  }

  @Test func memoryThatIsNotThereIsAnError() {
    let tooMuch = 1 << 46
    #expect(throws: OutOfMemory(bytes: tooMuch, purpose: "w")) {
      try PackedStorage(count: tooMuch, purpose: "w")
    }
    #expect(throws: OutOfMemory(bytes: .max)) { try PackedStorage(count: .max) }
  }

  /// Products of random weights, against float64: the errors that the precisions promise.
  @Test(arguments: [(Precision.fast, 0.003), (.int8, 0.012), (.int4, 0.095)], ElementType.allCases)
  func precisionsErrLittle(_ promise: (precision: Precision, most: Double), type: ElementType)
    throws
  {
    for (inputs, outputs, tokens) in [(1031, 160, 1), (557, 97, 17), (96, 33, 5)] {
      var numbers = TestNumbers(seed: UInt64(inputs))
      let weight = stored(numbers.floats(inputs * outputs), shape: [outputs, inputs], as: type)
      let x = numbers.matrix(tokens, inputs)
      let exact = Self.reference(x, weight.floats(), outputs: outputs)
      let y = Buffer()
      try Linear(weight, precision: promise.precision).apply(Buffer(x), into: y, team: .single)
      let found = y.matrix().values
      let error = zip(found, exact).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
      let size = exact.reduce(0.0) { $0 + pow(Double($1), 2) }
      let relative = (error / size).squareRoot()
      #expect(relative < promise.most)
      #expect(relative > 1e-5)  // it does round
      let measured = try PrecisionError.measure(weight, precision: promise.precision)
      #expect(measured.relative < promise.most && measured.relative > relative / 2)
    }
  }

  @Test(arguments: Precision.allCases) func threadsDoNotChangeABitOfRoundedProducts(
    precision: Precision
  ) throws {
    var numbers = TestNumbers(seed: 6)
    let weight = stored(numbers.floats(1024 * 700), shape: [700, 1024], as: .bfloat16)
    let team = ThreadTeam(count: 5)
    let linear = try Linear(weight, precision: precision, team: team)
    let alone = try Linear(weight, precision: precision)
    for tokens in [1, 17] {
      let x = Buffer(numbers.matrix(tokens, 1024))
      let (one, many) = (Buffer(), Buffer())
      alone.apply(x, into: one, team: .single)
      linear.apply(x, into: many, team: team)
      #expect(many.matrix() == one.matrix())
    }
  }

  /// A row's result must not depend on the rows beside it, in any precision.
  @Test(arguments: Precision.allCases) func companyDoesNotMatter(precision: Precision) throws {
    var numbers = TestNumbers(seed: 8)
    let weight = stored(numbers.floats(1100 * 70), shape: [70, 1100], as: .bfloat16)
    let linear = try Linear(weight, precision: precision)
    let x = numbers.matrix(29, 1100)
    let all = Buffer()
    linear.apply(Buffer(x), into: all, team: .single)
    for row in [0, 7, 28] {
      let one = Buffer()
      let alone = Matrix(
        rows: 1, columns: 1100, values: Array(x.values[row * 1100..<(row + 1) * 1100]))
      linear.apply(Buffer(alone), into: one, team: .single)
      #expect(one.row(0) == all.row(row))
    }
  }

  @Test func halfPrecisionIsExact() throws {
    // Every finite float16 there is, one weight each, times 1.
    let all = (0...UInt16.max).map { Float16(bitPattern: $0) }.filter(\.isFinite).map(Float.init)
    let weight = stored(all, shape: [all.count, 1], as: .float16)
    let y = Buffer()
    try Linear(weight).apply(
      Buffer(Matrix(rows: 1, columns: 1, values: [1])), into: y, team: .single)
    #expect(y.matrix().values == all)
  }

  /// What is not finite in an activation must show in its row's result, and nowhere else.
  @Test(arguments: Precision.allCases, [Float.nan, .infinity, -.infinity])
  func badActivationsShow(precision: Precision, value: Float) throws {
    var numbers = TestNumbers(seed: 11)
    let weight = stored(numbers.floats(100 * 70), shape: [70, 100], as: .bfloat16)
    let x = Matrix(
      rows: 3, columns: 100,
      values: numbers.floats(300).enumerated().map {
        $0.offset == 137 ? value : $0.offset < 32 ? 0 : $0.element
      })
    let y = Buffer()
    try Linear(weight, precision: precision).apply(Buffer(x), into: y, team: .single)
    #expect(y.row(0).allSatisfy(\.isFinite) && y.row(2).allSatisfy(\.isFinite))
    #expect(y.row(1).allSatisfy { !$0.isFinite })
  }
}
