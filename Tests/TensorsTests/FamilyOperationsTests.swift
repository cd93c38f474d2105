import Foundation
import Testing

@testable import Tensors

/// Operations that the Llama-like families need besides Huginn's.
@Suite struct FamilyOperationsTests {
  @Test func halfSplitPairsAreInterleavedOnesInAnotherOrder() {
    var numbers = TestNumbers(seed: 3)
    let (heads, size, tokens) = (3, 10, 7)
    let table = RotaryTable(base: 300, headDimension: size, positions: 40)
    let x = numbers.matrix(tokens, 3 * heads * size)
    // Element j of the first half and j of the second become neighbours.
    func order(_ column: Int) -> Int {
      let (head, i) = (column / size, column % size)
      return head * size + (i % 2 == 0 ? i / 2 : size / 2 + i / 2)
    }
    var shuffled = Matrix(rows: tokens, columns: x.columns)
    for t in 0..<tokens {
      for column in 0..<x.columns { shuffled[t, column] = x[t, order(column)] }
    }
    let (half, whole) = (Buffer(x), Buffer(shuffled))
    Operations.rotateHalfSplit(half, heads: 2 * heads, table: table, firstPosition: 5)
    Operations.rotateInterleaved(whole, heads: heads, table: table, firstPosition: 5)
    for t in 0..<tokens {
      for column in 0..<x.columns {
        #expect(abs(half[t, order(column)] - whole[t, column]) < 1e-6)
        if column >= 2 * heads * size { #expect(half[t, column] == x[t, column]) }
      }
    }
  }

  @Test func groupedHeadsAreRepeatedOnes() {
    var numbers = TestNumbers(seed: 4)
    let (heads, shared, size, tokens) = (6, 2, 8, 70)
    let x = numbers.matrix(tokens, (heads + 2 * shared) * size)
    var repeated = Matrix(rows: tokens, columns: 3 * heads * size)
    for t in 0..<tokens {
      for head in 0..<heads {
        let group = head / (heads / shared)
        for i in 0..<size {
          repeated[t, head * size + i] = x[t, head * size + i]
          for part in 1...2 {
            repeated[t, (part * heads + head) * size + i] =
              x[t, (heads + (part - 1) * shared + group) * size + i]
          }
        }
      }
    }
    let (a, b) = (Buffer(), Buffer())
    Operations.causalAttention(
      Buffer(x), heads: heads, keyValueHeads: shared, into: a, team: ThreadTeam(count: 2))
    Operations.causalAttention(Buffer(repeated), heads: heads, into: b, team: .single)
    #expect(a.matrix() == b.matrix())
    #expect(a.columns == heads * size)
  }

  @Test(arguments: [0..<64, 3..<40, 29..<30])
  func aNormOfSomeColumnsLeavesTheOthers(columns: Range<Int>) {
    var numbers = TestNumbers(seed: 5)
    let x = numbers.matrix(5, 64)
    let weight = numbers.floats(columns.count)
    let (buffer, part, whole) = (Buffer(x), Buffer(), Buffer())
    Operations.rmsNorm(buffer, columns: columns, weight: weight, epsilon: 1e-5)
    part.resize(rows: 5, columns: columns.count)
    for row in 0..<5 {
      for (i, column) in columns.enumerated() { part[row, i] = x[row, column] }
    }
    Operations.rmsNorm(part, weight: weight, epsilon: 1e-5, into: whole)
    for row in 0..<5 {
      for column in 0..<64 {
        let expected =
          columns.contains(column) ? whole[row, column - columns.lowerBound] : x[row, column]
        #expect(abs(buffer[row, column] - expected) <= 1e-6)
      }
    }
  }

  /// A block adds to its stream in place, over more inputs than one stretch of the kernels.
  @Test func aLinearMapMayAddToItsOwnOutput() throws {
    var numbers = TestNumbers(seed: 7)
    let (inputs, outputs) = (1100, 75)
    let map = try Linear(stored(numbers.floats(inputs * outputs), shape: [outputs, inputs]))
    for tokens in [1, 5, 20] {
      let (x, residual) = (numbers.matrix(tokens, inputs), numbers.matrix(tokens, outputs))
      let (apart, inPlace) = (Buffer(), Buffer(residual))
      map.apply(Buffer(x), adding: Buffer(residual), into: apart, team: .single)
      map.apply(Buffer(x), adding: inPlace, into: inPlace, team: ThreadTeam(count: 2))
      #expect(apart.matrix() == inPlace.matrix())
    }
  }

  @Test func addingAddsEveryElement() {
    var numbers = TestNumbers(seed: 6)
    let (a, b) = (numbers.matrix(3, 19), numbers.matrix(3, 19))
    let sum = Buffer(a)
    Operations.add(Buffer(b), to: sum)
    #expect(sum.matrix().values == zip(a.values, b.values).map(+))
  }

  @Test func matricesAreStackedAsTheyAreStored() throws {
    let top = stored([1, 2, 3, 4], shape: [2, 2], as: .bfloat16)
    let bottom = stored([5, 6], shape: [1, 2], as: .bfloat16)
    let both = StoredTensor.stacking([top, bottom], name: "both")
    #expect(both.shape == [3, 2] && both.elementType == .bfloat16 && both.name == "both")
    #expect(both.floats() == [1, 2, 3, 4, 5, 6])
    let exact = stored([0.1, 0.2], shape: [1, 2])
    let mixed = StoredTensor.stacking([top, exact], name: "mixed")
    #expect(mixed.elementType == .float32 && mixed.floats() == [1, 2, 3, 4, 0.1, 0.2])
  }

  /// Pairs faster and slower than the two bounds, and one between.
  @Test func llama3ScalingSlowsSlowPairs() {
    let context = 64
    let wavelengths: [Float] = [2, 15.9, 32, 64.1, 1000]
    let plain = wavelengths.map { 2 * Float.pi / $0 }
    let scaled = RotaryFrequencies.llama3(
      plain, factor: 8, low: 1, high: 4, originalContext: context)
    #expect(scaled[0] == plain[0] && scaled[1] == plain[1])
    #expect(scaled[3] == plain[3] / 8 && scaled[4] == plain[4] / 8)
    // 64/32 = 2 turns: a third of the way from 1 to 4.
    #expect(abs(scaled[2] / plain[2] - (2.0 / 3 / 8 + 1.0 / 3)) < 1e-6)
  }
}
