import CKernels
import LatentModels
import Tensors

/// How the matrix products of training are computed.
public enum Numerics: String, Sendable, CaseIterable {
  /// float32 throughout: what gradients are tested in.
  case exact
  /// Inputs of matrix products rounded to bfloat16, sums and everything else float32.
  case fast
}

/// A matrix inside the flat vector of parameters.
struct ParameterMatrix: Sendable {
  /// Its place in `PackedParameters`.
  let slot: Int
  /// Index of its first element.
  let offset: Int
  /// Floats from the start of one row to the start of the next.
  let stride: Int
  let outputs: Int
  let inputs: Int
  let bias: ParameterVector?
}

/// A gain or a bias inside the flat vector of parameters.
struct ParameterVector: Sendable {
  let offset: Int
  let count: Int
}

/// Gives a network places in a flat vector instead of weights.
struct ParameterSource<Mathematics: BlockMathematics>: WeightSource
where Mathematics.Map == ParameterMatrix, Mathematics.Vector == ParameterVector {
  let layout: ParameterLayout
  private(set) var matrices: [ParameterMatrix] = []

  init(layout: ParameterLayout) { self.layout = layout }

  private func entry(_ name: String) throws -> ParameterLayout.Entry {
    guard let entry = layout.entries.first(where: { $0.name == name }) else {
      throw TrainingModelError.unknownParameter(name)
    }
    return entry
  }

  func vector(_ name: String) throws -> ParameterVector {
    let entry = try entry(name)
    return ParameterVector(offset: entry.offset, count: entry.count)
  }

  mutating func linear(
    _ name: String, columns: Range<Int>?, bias: String?, order: WeightOrder
  ) throws -> ParameterMatrix {
    // Which way round a file has it does not matter: the layout has [outputs, inputs].
    let entry = try entry(name)
    let all = entry.shape[1]
    let chosen = columns ?? 0..<all
    let matrix = ParameterMatrix(
      slot: matrices.count, offset: entry.offset + chosen.lowerBound, stride: all,
      outputs: entry.shape[0], inputs: chosen.count, bias: try bias.map { try vector($0) })
    matrices.append(matrix)
    return matrix
  }

  mutating func linear(stacking names: [String]) throws -> ParameterMatrix {
    let parts = try names.map { try entry($0) }
    guard let first = parts.first,
      zip(parts, parts.dropFirst()).allSatisfy({
        $0.offset + $0.count == $1.offset && $0.shape.last == $1.shape.last
      })
    else { throw TrainingModelError.scattered(names) }
    let matrix = ParameterMatrix(
      slot: matrices.count, offset: first.offset, stride: first.shape[1],
      outputs: parts.reduce(0) { $0 + $1.shape[0] }, inputs: first.shape[1], bias: nil)
    matrices.append(matrix)
    return matrix
  }
}

/// All matrices of one step as the kernels want them. Packed once a step, then only read.
final class PackedParameters {
  /// One matrix: W for y = x·Wᵀ, and in fast numerics Wᵀ for dx = dy·W.
  struct Entry {
    let forward: UnsafeMutableRawPointer
    let backward: UnsafeMutableRawPointer?
  }

  let matrices: [ParameterMatrix]
  let numerics: Numerics
  let entries: [Entry]
  private let memory = TapeMemory()

  init(_ matrices: [ParameterMatrix], numerics: Numerics) {
    self.matrices = matrices
    self.numerics = numerics
    let memory = memory
    entries = matrices.map { matrix in
      let (outputs, inputs) = (Int64(matrix.outputs), Int64(matrix.inputs))
      func place(_ format: Int32, _ outputs: Int64, _ inputs: Int64) -> UnsafeMutableRawPointer {
        let count = Int(muninn_packed_bytes(format, outputs, inputs))
        let bytes = memory.bytes(count)
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        return bytes
      }
      switch numerics {
      case .exact: return Entry(forward: place(MUNINN_F32, outputs, inputs), backward: nil)
      case .fast:
        return Entry(
          forward: place(MUNINN_BF16, outputs, inputs),
          backward: place(MUNINN_BF16, inputs, outputs))
      }
    }
  }

  /// Packs every matrix.
  /// - Returns: whether all weights are finite.
  func pack(
    _ parameters: UnsafePointer<Float>, forGradients: Bool, team: ThreadTeam
  ) -> Bool {
    let kernels = muninn_kernels().pointee
    var finite = [Bool](repeating: true, count: matrices.count)
    finite.withUnsafeMutableBufferPointer { finite in
      let finite = finite
      team.run(tiles: matrices.count, work: .max) { index in
        let (matrix, entry) = (matrices[index], entries[index])
        var call = muninn_pack_call()
        call.stored = MUNINN_F32
        call.format = numerics == .exact ? MUNINN_F32 : MUNINN_BF16
        call.weights = UnsafeRawPointer(parameters + matrix.offset)
        call.stride = Int64(matrix.stride)
        (call.outputs, call.inputs) = (Int64(matrix.outputs), Int64(matrix.inputs))
        (call.first_panel, call.end_panel) = (0, Int64((matrix.outputs + 31) / 32))
        call.packed = entry.forward
        finite[index] = kernels.pack(&call) < 0
        if forGradients, let backward = entry.backward {
          kernels.pack_rows(
            parameters + matrix.offset, Int64(matrix.stride), Int64(matrix.outputs),
            Int64(matrix.inputs), backward)
        }
      }
    }
    return finite.allSatisfy(\.self)
  }
}
