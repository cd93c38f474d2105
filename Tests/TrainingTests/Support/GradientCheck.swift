import LatentModels
import Tensors
import Testing

@testable import Training

/// A small program over registers, the same on both sides.
protocol GradientProgram {
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

extension GradientProgram {
  var edits: [Site: SiteEdit] { [:] }
}

/// Holds operations of the tape against float64.
enum GradientCheck {
  static let frequencies: [Float] = [1, 0.3, 0.05]
  static let tolerance = 2e-5

  static func makeTape(
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
  static func differences(
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
  static func run(_ program: some GradientProgram, rows: Int = 2, length: Int = 5) {
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
  private static func places(_ count: Int) -> [Int] {
    Array(stride(from: 0, to: count, by: max(1, count / 200 * 2 - 1)))
  }

  static func set(_ view: BufferView, _ values: [Float]) {
    for row in 0..<view.rows {
      for column in 0..<view.columns {
        view.pointer[row * view.stride + column] = values[row * view.columns + column]
      }
    }
  }

  private static func elements(_ view: BufferView) -> [Float] {
    (0..<view.rows).flatMap { row in
      (0..<view.columns).map { view.pointer[row * view.stride + $0] }
    }
  }
}
