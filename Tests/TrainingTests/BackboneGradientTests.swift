import LatentModels
import Tensors
import Testing

@testable import Training

/// What blocks of other families than Huginn's are made of, each against float64 differences.
@Suite struct BackboneGradientTests {
  private struct PartNormProgram: GradientProgram {
    var columns: Range<Int>
    var inputs: [Register: Int] { [.projected: 21] }
    var output: Register { .projected }
    var parameters: Int { 2 + columns.count }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.rmsNorm(
        .projected, columns: columns, gain: ParameterVector(offset: 1, count: columns.count),
        epsilon: 0.01)
    }
  }

  private struct LayerNormProgram: GradientProgram {
    var target: Register
    var hasBias = true
    var inputs: [Register: Int] { [.stream: 19] }
    var output: Register { target }
    var parameters: Int { 40 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.layerNorm(
        .stream, gain: ParameterVector(offset: 1, count: 19),
        bias: hasBias ? ParameterVector(offset: 20, count: 19) : nil, epsilon: 0.01, into: target)
    }
  }

  /// A norm whose input is also added to what comes after, and a map with a bias.
  private struct ResidualProgram: GradientProgram {
    var inputs: [Register: Int] { [.stream: 5] }
    var output: Register { .stream }
    var parameters: Int { 40 }
    var matrices: [ParameterMatrix] {
      [
        ParameterMatrix(
          slot: 0, offset: 10, stride: 5, outputs: 5, inputs: 5,
          bias: ParameterVector(offset: 35, count: 5))
      ]
    }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.layerNorm(
        .stream, gain: ParameterVector(offset: 0, count: 5),
        bias: ParameterVector(offset: 5, count: 5), epsilon: 0.01, into: .normed)
      mathematics.linear(.normed, matrices[0], adding: .stream, into: .stream)
    }
  }

  private struct GroupedProgram: GradientProgram {
    var heads: (Int, Int)
    var rotation: Rotation<ParameterVector>
    var edits: [Site: SiteEdit] = [:]
    static let site = Site(.core, 1, .attentionWeights)
    var shape: AttentionShape {
      AttentionShape(heads: heads.0, keyValueHeads: heads.1, headDimension: 6)
    }
    var inputs: [Register: Int] { [.projected: shape.projectedWidth] }
    var output: Register { .attended }
    var parameters: Int { 1 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.rotate(.projected, rotation, shape)
      mathematics.attend(.projected, shape, into: .attended, at: Self.site)
    }
  }

  private struct GeluProgram: GradientProgram {
    var form: GeluForm
    var inputs: [Register: Int] { [.gateAndUp: 37] }
    var output: Register { .gated }
    var parameters: Int { 1 }
    var matrices: [ParameterMatrix] { [] }
    func run<M: BlockMathematics>(_ mathematics: M)
    where M.Map == ParameterMatrix, M.Vector == ParameterVector {
      mathematics.gelu(.gateAndUp, form, into: .gated)
    }
  }

  @Test func normOverColumns() {
    GradientCheck.run(PartNormProgram(columns: 0..<12))
    GradientCheck.run(PartNormProgram(columns: 12..<19))
  }

  @Test func layerNorm() {
    GradientCheck.run(LayerNormProgram(target: .stream))
    GradientCheck.run(LayerNormProgram(target: .normed))
    GradientCheck.run(LayerNormProgram(target: .normed, hasBias: false))
    GradientCheck.run(ResidualProgram())
  }

  @Test func halfSplitRotation() {
    GradientCheck.run(GroupedProgram(heads: (3, 3), rotation: .halfSplit))
  }

  @Test func groupedKeys() {
    GradientCheck.run(GroupedProgram(heads: (4, 2), rotation: .none))
    GradientCheck.run(GroupedProgram(heads: (3, 1), rotation: .halfSplit), length: 9)
  }

  /// Two heads that share keys and values, rows of the first, then of the second.
  @Test func editedGroupedKeys() {
    let edit = SiteEdit(rows: [
      (2, .multiply([2, 0, 1, 1, 1])), (8, .add([0.1, -0.2, 0, 0.3, 0.1])),
    ])
    GradientCheck.run(
      GroupedProgram(heads: (2, 1), rotation: .none, edits: [GroupedProgram.site: edit]))
  }

  @Test(arguments: GeluForm.allCases) func gelu(form: GeluForm) {
    GradientCheck.run(GeluProgram(form: form))
  }

  /// Far out the activation is the line or nothing, and so is its slope.
  @Test func geluSaturates() throws {
    var (parameters, gradient): ([Float], [Float]) = ([0], [0])
    parameters.withUnsafeBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        let tape = GradientCheck.makeTape([], values, rows: 1, length: 1, gradient)
        let far: [Float] = [-1e4, -40, 40, 1e4]
        let input = tape.write(.gateAndUp, columns: 4, kept: true, tracked: true)
        for (i, value) in far.enumerated() { input.pointer[i] = value }
        tape.gelu(.gateAndUp, .tanh, into: .gated)
        let result = tape[.gated]
        let values = (0..<4).map { result.pointer[$0] }
        #expect(relativeError(values, [0, 0, 40, 1e4]) < 1e-6)
        #expect(abs(values[2] - 40) < 1e-4)
        let back = tape.receive(.gated, columns: 4).view
        for i in 0..<4 { back.pointer[i] = 1 }
        tape.reverse()
        let slopes = tape.gradient(of: .gateAndUp)!
        #expect(relativeError((0..<4).map { slopes.pointer[$0] }, [0, 0, 1, 1]) < 1e-6)
      }
    }
  }

  /// A table of tokens and one of positions, both read through the same stream.
  @Test func positions() {
    let (rows, length, width) = (2, 5, 9)
    var numbers = Numbers(seed: 6)
    let parameters = numbers.floats(13 * width)
    let tokens = ParameterVector(offset: 0, count: 6 * width)
    let places = ParameterVector(offset: 6 * width, count: 7 * width)
    let ids: [Int32] = [1, 2, 2, 5, 0, 3, 1, 1, 4, 2]
    let direction = numbers.floats(rows * length * width)
    func value(_ parameters: [Double]) -> Double {
      let twin = DoubleMathematics(parameters: parameters, rows: rows, length: length)
      twin.embed(ids, table: tokens, width: width, scale: 1)
      twin.addPositions(places)
      return zip(twin[.stream].values, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    var gradient = [Float](repeating: 0, count: parameters.count)
    parameters.withUnsafeBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        let tape = GradientCheck.makeTape([], values, rows: rows, length: length, gradient)
        ids.withUnsafeBufferPointer { ids in
          tape.embed(ids.baseAddress!, table: tokens, width: width, scale: 1)
          tape.addPositions(places)
          GradientCheck.set(tape.receive(.stream, columns: width).view, direction)
          tape.reverse()
        }
      }
    }
    let doubles = parameters.map(Double.init)
    let wanted = GradientCheck.differences(doubles, at: Array(doubles.indices), value)
    #expect(relativeError(gradient, wanted) < GradientCheck.tolerance)
  }
}
