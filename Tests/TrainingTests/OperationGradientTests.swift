import LatentModels
import Tensors
import Testing

@testable import Training

/// Each operation forward against its float64 twin, and its gradient against central differences of
/// that twin: with respect to every input and every parameter.
@Suite struct OperationGradientTests {
  private struct LinearProgram: GradientProgram {
    var hasBias = false
    var addend: Register?
    var result = Register.stream
    var inputs: [Register: Int] {
      addend.map { [.normed: 7, $0: 5] } ?? [.normed: 7]
    }
    var output: Register { result }
    // A column range of a wider matrix, rows 9 apart.
    var parameters: Int { 2 + 5 * 9 + 5 }
    var matrices: [ParameterMatrix] {
      [
        ParameterMatrix(
          slot: 0, offset: 3, stride: 9, outputs: 5, inputs: 7,
          bias: hasBias ? ParameterVector(offset: 47, count: 5) : nil)
      ]
    }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.linear(.normed, matrices[0], adding: addend, into: result)
    }
  }

  private struct NormProgram: GradientProgram {
    var target: Register
    var inputs: [Register: Int] { [.stream: 19] }
    var output: Register { target }
    var parameters: Int { 20 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.rmsNorm(
        .stream, gain: ParameterVector(offset: 1, count: 19), epsilon: 0.01, into: target)
    }
  }

  /// A norm whose input is also added to what comes after: both gradients meet in one register.
  private struct ResidualProgram: GradientProgram {
    var inputs: [Register: Int] { [.stream: 5] }
    var output: Register { .stream }
    var parameters: Int { 30 }
    var matrices: [ParameterMatrix] {
      [ParameterMatrix(slot: 0, offset: 5, stride: 5, outputs: 5, inputs: 5, bias: nil)]
    }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.rmsNorm(
        .stream, gain: ParameterVector(offset: 0, count: 5), epsilon: 0.01, into: .normed)
      mathematics.linear(.normed, matrices[0], adding: .stream, into: .stream)
    }
  }

  private struct AttentionProgram: GradientProgram {
    var isRotated: Bool
    var hasBias = true
    var shape: AttentionShape { AttentionShape(heads: 3, keyValueHeads: 3, headDimension: 6) }
    var inputs: [Register: Int] { [.projected: shape.projectedWidth] }
    var output: Register { .attended }
    var parameters: Int { 2 * shape.queryWidth }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      if isRotated {
        let bias = hasBias ? ParameterVector(offset: 0, count: parameters) : nil
        mathematics.rotate(.projected, .interleaved(bias: bias), shape)
      }
      mathematics.attend(
        .projected, shape, into: .attended, at: Site(.core, 1, .attentionWeights))
    }
  }

  private struct GateProgram: GradientProgram {
    var inputs: [Register: Int] { [.gateAndUp: 38] }
    var output: Register { .gated }
    var parameters: Int { 1 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.siluMultiply(.gateAndUp, into: .gated)
    }
  }

  /// Attention with edited weights, its output map summed with an edit on the way, as in a block.
  private struct EditedProgram: GradientProgram {
    static let weights = Site(.core, 1, .attentionWeights)
    static let sum = Site(.core, 1, .attention)
    var shape: AttentionShape { AttentionShape(heads: 2, keyValueHeads: 2, headDimension: 4) }
    var inputs: [Register: Int] { [.projected: shape.projectedWidth, .stream: 5] }
    var output: Register { .stream }
    var parameters: Int { 45 }
    var matrices: [ParameterMatrix] {
      [ParameterMatrix(slot: 0, offset: 2, stride: 8, outputs: 5, inputs: 8, bias: nil)]
    }
    var edits: [Site: SiteEdit] {
      [
        // Rows of the first head, then of the second, each [5].
        Self.weights: SiteEdit(rows: [
          (2, .multiply([2, 0, 1, 1, 1])), (3, .replace([0.5, 0, 0.25, 0.25, 0])),
          (9, .add([0.1, -0.2, 0, 0.3, 0.1])), (9, .multiply([1, 1, 0, 1, 1.5])),
        ]),
        Self.sum: SiteEdit(rows: [
          (0, .replace([1, 2, 3, 4, 5])), (1, .multiply([0, 1, 2, 0, 1])),
          (7, .add([1, 1, 1, 1, 1])), (7, .multiply([3, 3, 0, 1, 1])),
        ]),
      ]
    }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.attend(.projected, shape, into: .attended, at: Self.weights)
      mathematics.linear(.attended, matrices[0], adding: nil, into: .sum)
      mathematics.visit(Self.sum, .sum)
      mathematics.add(.sum, to: .stream)
    }
  }

  private struct AdditionProgram: GradientProgram {
    var inputs: [Register: Int] { [.sum: 5, .stream: 5] }
    var output: Register { .stream }
    var parameters: Int { 1 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.add(.sum, to: .stream)
    }
  }

  @Test func linear() {
    GradientCheck.run(LinearProgram())
    GradientCheck.run(LinearProgram(hasBias: true))
    GradientCheck.run(LinearProgram(addend: .stream))
    GradientCheck.run(LinearProgram(hasBias: true, addend: .injection))
  }

  @Test func norm() {
    GradientCheck.run(NormProgram(target: .stream))
    GradientCheck.run(NormProgram(target: .normed))
    GradientCheck.run(ResidualProgram())
  }

  @Test func rotationAndAttention() {
    GradientCheck.run(AttentionProgram(isRotated: false))
    GradientCheck.run(AttentionProgram(isRotated: true))
    GradientCheck.run(AttentionProgram(isRotated: true, hasBias: false))
  }

  @Test func attentionOverManyTokens() {
    GradientCheck.run(AttentionProgram(isRotated: true), length: 37)
  }

  @Test func gate() { GradientCheck.run(GateProgram()) }

  @Test func addition() { GradientCheck.run(AdditionProgram()) }

  @Test func edits() { GradientCheck.run(EditedProgram()) }

  @Test func crossEntropyAndEmbedding() throws {
    let (rows, length, width, vocabulary) = (2, 5, 9, 9)
    var numbers = Numbers(seed: 5)
    let parameters = numbers.floats(vocabulary * width, scale: 2)
    let table = ParameterVector(offset: 0, count: parameters.count)
    let ids: [Int32] = [1, 2, 2, 8, 0, 3, 1, 1, 7, 2]
    let targets: [Int32] = [2, 2, 8, 0, 3, 1, 1, 7, 2, 5]
    let weights: [Float] = [1, 0.5, 0, 2, 0.1, 1, 1, 0.02, 0.4, 3]
    func loss(_ parameters: [Double]) -> Double {
      let twin = DoubleMathematics(parameters: parameters, rows: rows, length: length)
      twin.embed(ids, table: table, width: width, scale: 1.5)
      twin[.logits] = twin[.stream]
      return twin.loss(targets: targets, weights: weights)
    }
    var gradient = [Float](repeating: 0, count: parameters.count)
    let total = weights.reduce(0.0) { $0 + Double($1) }
    let found = parameters.withUnsafeBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        let tape = GradientCheck.makeTape([], values, rows: rows, length: length, gradient)
        return ids.withUnsafeBufferPointer { ids in
          targets.withUnsafeBufferPointer { targets in
            weights.withUnsafeBufferPointer { weights in
              tape.embed(ids.baseAddress!, table: table, width: width, scale: 1.5)
              tape.move(.stream, to: .logits)
              let sum = tape.evaluate(
                CrossEntropy(
                  targets: targets.baseAddress!, weights: weights.baseAddress!, total: total))
              tape.reverse()
              return sum / total
            }
          }
        }
      }
    }
    let doubles = parameters.map(Double.init)
    #expect(abs(found - loss(doubles)) < 1e-6)
    let wanted = GradientCheck.differences(doubles, at: Array(doubles.indices), loss)
    #expect(relativeError(gradient, wanted) < GradientCheck.tolerance)
  }
}
