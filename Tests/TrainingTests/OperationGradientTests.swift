import LatentModels
import Tensors
import Testing

@testable import Training

/// Each operation forward against its float64 twin, and its gradient against central differences of
/// that twin: with respect to every input and every parameter.
@Suite struct OperationGradientTests {
  /// A small program over registers, the same on both sides.
  fileprivate protocol Program {
    /// Columns of what it reads.
    var inputs: [Register: Int] { get }
    var output: Register { get }
    var parameters: Int { get }
    var matrices: [ParameterMatrix] { get }
    /// What is rewritten at sites.
    var edits: [Site: SiteEdit] { get }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector
  }

  private static let frequencies: [Float] = [1, 0.3, 0.05]
  private static let tolerance = 2e-5

  private struct LinearProgram: Program {
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

  private struct NormProgram: Program {
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
  private struct ResidualProgram: Program {
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

  private struct AttentionProgram: Program {
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

  private struct GateProgram: Program {
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
  private struct EditedProgram: Program {
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

  private struct AdditionProgram: Program {
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
    check(LinearProgram())
    check(LinearProgram(hasBias: true))
    check(LinearProgram(addend: .stream))
    check(LinearProgram(hasBias: true, addend: .injection))
  }

  @Test func norm() {
    check(NormProgram(target: .stream))
    check(NormProgram(target: .normed))
    check(ResidualProgram())
  }

  @Test func rotationAndAttention() {
    check(AttentionProgram(isRotated: false))
    check(AttentionProgram(isRotated: true))
    check(AttentionProgram(isRotated: true, hasBias: false))
  }

  @Test func attentionOverManyTokens() { check(AttentionProgram(isRotated: true), length: 37) }

  @Test func gate() { check(GateProgram()) }

  @Test func addition() { check(AdditionProgram()) }

  @Test func edits() { check(EditedProgram()) }

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
        let tape = makeTape([], values, rows: rows, length: length, gradient)
        tape.embed(ids, table: table, width: width, scale: 1.5)
        tape.move(.stream, to: .logits)
        let sum = tape.crossEntropy(targets: targets, weights: weights, total: total)
        tape.reverse()
        tape.reverseEmbedding(ids, table: table, width: width, scale: 1.5)
        return sum / total
      }
    }
    let doubles = parameters.map(Double.init)
    #expect(abs(found - loss(doubles)) < 1e-6)
    let wanted = differences(doubles, at: Array(doubles.indices), loss)
    #expect(relativeError(gradient, wanted) < Self.tolerance)
  }

  // MARK: How

  private func makeTape(
    _ matrices: [ParameterMatrix], _ parameters: UnsafeBufferPointer<Float>, rows: Int,
    length: Int, _ gradient: UnsafeMutableBufferPointer<Float>
  ) -> Tape {
    let packed = PackedParameters(matrices, numerics: .exact)
    let base = parameters.baseAddress!
    #expect(packed.pack(base, forGradients: true, team: .single))
    let tape = Tape(
      packed: packed, angles: RotationAngles(frequencies: Self.frequencies, positions: 64),
      parameters: base)
    tape.begin(rows: rows, length: length, parameters: base, gradient: gradient.baseAddress)
    return tape
  }

  /// Central differences by some elements.
  private func differences(
    _ x: [Double], at places: [Int], _ function: ([Double]) -> Double
  ) -> [Double] {
    let step = 1e-5
    return places.map { index in
      var (above, below) = (x, x)
      above[index] += step
      below[index] -= step
      return (function(above) - function(below)) / (2 * step)
    }
  }

  /// Checks a program's value, and all its gradients for a random weighting of its output.
  private func check(_ program: some Program, rows: Int = 2, length: Int = 5) {
    var numbers = Numbers(seed: UInt64(length))
    let parameters = numbers.floats(program.parameters)
    let registers = program.inputs.keys.sorted { $0.rawValue < $1.rawValue }
    let inputs = registers.map { numbers.floats(rows * length * program.inputs[$0]!, scale: 1.5) }

    func twin(_ inputs: [[Double]], _ parameters: [Double]) -> [Double] {
      let twin = DoubleMathematics(
        parameters: parameters, rows: rows, length: length, frequencies: Self.frequencies)
      for (register, values) in zip(registers, inputs) {
        twin[register] = .init(columns: program.inputs[register]!, values: values)
      }
      twin.edits = program.edits
      program.run(twin)
      return twin[program.output].values
    }
    let doubleInputs = inputs.map { $0.map(Double.init) }
    let doubleParameters = parameters.map(Double.init)
    let expected = twin(doubleInputs, doubleParameters)
    let direction = numbers.floats(expected.count)
    func weighted(_ values: [Double]) -> Double {
      zip(values, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
    }

    var gradient = [Float](repeating: 0, count: parameters.count)
    parameters.withUnsafeBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        let tape = makeTape(program.matrices, values, rows: rows, length: length, gradient)
        for (register, input) in zip(registers, inputs) {
          let columns = program.inputs[register]!
          set(tape.write(register, columns: columns, kept: true, tracked: true), input)
        }
        let edits = program.edits
        tape.hooks = Hooks([.rewriting(Set(edits.keys)) { edits[$0.site] }])
        program.run(tape)
        let output = tape[program.output]
        #expect(relativeError(elements(output), expected) < Self.tolerance)
        set(tape.receive(program.output, columns: output.columns).view, direction)
        tape.reverse()
        for (index, register) in registers.enumerated() {
          let all = elements(tape.gradient(of: register)!)
          let places = self.places(all.count)
          let found = places.map { all[$0] }
          let wanted = differences(doubleInputs[index], at: places) { moved in
            var all = doubleInputs
            all[index] = moved
            return weighted(twin(all, doubleParameters))
          }
          #expect(relativeError(found, wanted) < Self.tolerance, "\(program) by \(register)")
        }
      }
    }
    let places = self.places(gradient.count)
    let wanted = differences(doubleParameters, at: places) { weighted(twin(doubleInputs, $0)) }
    let found = places.map { gradient[$0] }
    #expect(relativeError(found, wanted) < Self.tolerance, "\(program) by its parameters")
  }

  /// All elements, or of very many every so manyth.
  private func places(_ count: Int) -> [Int] {
    Array(stride(from: 0, to: count, by: max(1, count / 200 * 2 - 1)))
  }

  private func set(_ view: BufferView, _ values: [Float]) {
    for row in 0..<view.rows {
      for column in 0..<view.columns {
        view.pointer[row * view.stride + column] = values[row * view.columns + column]
      }
    }
  }

  private func elements(_ view: BufferView) -> [Float] {
    (0..<view.rows).flatMap { row in
      (0..<view.columns).map { view.pointer[row * view.stride + $0] }
    }
  }
}

extension OperationGradientTests.Program {
  var edits: [Site: SiteEdit] { [:] }
}
