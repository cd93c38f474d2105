import Tensors

/// The Jacobian of one iteration at a state, J = ∂sᵢ₊₁/∂sᵢ with everything else fixed, without its
/// matrix: products with it and with its transpose, exact up to float32 rounding. Rows are tokens;
/// causal attention makes J block lower triangular.
///
/// A value: what the iteration computed on the way is kept, a few times the size of its activations.
public struct Linearization: Sendable {
  let operations: [LinearizedOperation]
  /// What goes in, and what comes out.
  let input: Register
  let output: Register
  let places: Places
  public let width: Int
  /// Of all positions, and of the turn back; nil where nothing turns.
  let angles: (forward: RotaryTable, backward: RotaryTable)?
  let team: ThreadTeam

  /// What a linearizer went through.
  init(_ linearizer: Linearizer, from input: Register, to output: Register, in scratch: Workspace) {
    operations = linearizer.operations
    (self.input, self.output) = (input, output)
    places = scratch.job.places
    width = scratch[output].columns
    team = scratch.team
    angles = scratch.rotary.map { table in
      let backward = RotaryTable(
        frequencies: scratch.frequencies.map { -$0 }, positions: table.positions)
      return (table, backward)
    }
  }

  /// Rows of a state: tokens.
  public var rows: Int { places.rowCount }

  /// J·v for each of several v, one below the other.
  /// - Parameters:
  ///   - tangents: as many times the tokens as there are v.  // [count · tokens, width]
  ///   - withinTokens: whether to take the blocks on the diagonal alone: ∂sᵢ₊₁[t]/∂sᵢ[t] of every
  ///     token at once. All eigenvalues of J are eigenvalues of these.
  /// - Precondition: the shape fits.
  public func pushForward(_ tangents: Matrix, withinTokens: Bool = false) -> Matrix {
    precondition(
      tangents.columns == width && rows > 0 && tangents.rows % rows == 0,
      "[\(tangents.rows), \(tangents.columns)] for states of [\(rows), \(width)]")
    var pass = TangentPass(self, copies: tangents.rows / rows, withinTokens: withinTokens)
    pass.values[input] = Buffer(tangents)
    for operation in operations { pass.forward(operation) }
    return pass.values[output]?.matrix() ?? Matrix(rows: tangents.rows, columns: width)
  }

  /// Jᵀ·u for each of several u, one below the other.
  /// - Parameter cotangents: as many times the tokens as there are u.  // [count · tokens, width]
  /// - Precondition: the shape fits.
  public func pullBack(_ cotangents: Matrix) -> Matrix {
    precondition(
      cotangents.columns == width && rows > 0 && cotangents.rows % rows == 0,
      "[\(cotangents.rows), \(cotangents.columns)] for states of [\(rows), \(width)]")
    var pass = TangentPass(self, copies: cotangents.rows / rows, withinTokens: false)
    pass.values[output] = Buffer(cotangents)
    for operation in operations.reversed() { pass.backward(operation) }
    return pass.values[input]?.matrix() ?? Matrix(rows: cotangents.rows, columns: width)
  }
}

/// Tangents or cotangents of registers on their way through a linearization; what is not there is zero.
struct TangentPass {
  let linearization: Linearization
  /// How many vectors go along, and the rows of each.
  let copies: Int
  let rows: Int
  let withinTokens: Bool
  var values: [Register: Buffer] = [:]

  init(_ linearization: Linearization, copies: Int, withinTokens: Bool) {
    self.linearization = linearization
    self.copies = copies
    self.withinTokens = withinTokens
    rows = linearization.rows
  }

  var team: ThreadTeam { linearization.team }

  /// Takes the value of a register away.
  mutating func take(_ register: Register) -> Buffer? { values.removeValue(forKey: register) }

  /// Adds to the value of a register, which takes the buffer where it had none.
  mutating func give(_ buffer: Buffer, to register: Register) {
    if let there = values[register] {
      Operations.add(buffer, to: there)
    } else {
      values[register] = buffer
    }
  }

  /// A copy that shares nothing.
  static func copy(_ buffer: Buffer) -> Buffer {
    let copy = Buffer()
    copy.copy(from: buffer)
    return copy
  }

  mutating func forward(_ operation: LinearizedOperation) {
    switch operation {
    case .linear(let x, let map, let z, let y):
      let before = z.flatMap { values[$0] }
      guard let tangent = values[x] else {
        values[y] = z == y ? before : before.map(Self.copy)
        return
      }
      let result = Buffer()
      map.applyWithoutBias(tangent, into: result, team: team)
      if let before { Operations.add(before, to: result) }
      values[y] = result
    case .rmsNorm(let x, let columns, let input, let gain, let epsilon, let y):
      values[y] = values[x].map {
        let result = Self.copy($0)
        normTangent(result, columns, input, gain, epsilon)
        return result
      }
    case .layerNorm(let x, let input, let gain, let epsilon, let y):
      values[y] = values[x].map {
        let result = Self.copy($0)
        layerNormTangent(result, input, gain, epsilon)
        return result
      }
    case .rotate(let x, let isInterleaved, let shape):
      if let tangent = values[x] { turn(tangent, isInterleaved, shape, isBack: false) }
    case .attend(let x, let shape, let sequences, let y):
      values[y] = values[x].map { attentionTangent($0, shape, sequences) }
    case .siluMultiply(let x, let input, let y):
      values[y] = values[x].map { gateTangent($0, input) }
    case .gelu(let x, let input, let form, let y):
      values[y] = values[x].map {
        let result = Self.copy($0)
        geluTangent(result, input, form)
        return result
      }
    case .halfSquaredReLU(let x, let input, let y):
      values[y] = values[x].map {
        let result = Self.copy($0)
        squareTangent(result, input)
        return result
      }
    case .scale(let x, let factors, let z, let y):
      let before = values[z]
      values[y] = values[x].map {
        let result = Self.copy($0)
        scaleTangent(result, factors)
        return result
      }
      if let before { give(Self.copy(before), to: y) }
    case .addValues(let x, let added, let y):
      if let tangent = values[x], let result = values[y] {
        valueTangent(tangent, added, into: result)
      }
    case .add(let x, let y):
      if let tangent = values[x] { give(Self.copy(tangent), to: y) }
    case .move(let x, let y): values[y] = take(x)
    case .edit(let x, let edit): apply(edit, to: x)
    }
  }

  mutating func backward(_ operation: LinearizedOperation) {
    switch operation {
    case .linear(let x, let map, let z, let y):
      // A residual that is added in place keeps its cotangent.
      guard let cotangent = z == y ? values[y] : take(y) else { return }
      let result = Buffer()
      map.applyTransposed(cotangent, into: result, team: team)
      if let z, z != y { give(cotangent, to: z) }
      give(result, to: x)
    case .rmsNorm(let x, let columns, let input, let gain, let epsilon, let y):
      guard let cotangent = take(y) else { return }
      normCotangent(cotangent, columns, input, gain, epsilon)
      give(cotangent, to: x)
    case .layerNorm(let x, let input, let gain, let epsilon, let y):
      guard let cotangent = take(y) else { return }
      layerNormCotangent(cotangent, input, gain, epsilon)
      give(cotangent, to: x)
    case .rotate(let x, let isInterleaved, let shape):
      if let cotangent = values[x] { turn(cotangent, isInterleaved, shape, isBack: true) }
    case .attend(let x, let shape, let sequences, let y):
      guard let cotangent = take(y) else { return }
      give(attentionCotangent(cotangent, shape, sequences), to: x)
    case .siluMultiply(let x, let input, let y):
      guard let cotangent = take(y) else { return }
      give(gateCotangent(cotangent, input), to: x)
    case .gelu(let x, let input, let form, let y):
      guard let cotangent = take(y) else { return }
      // Element by element, the same both ways.
      geluTangent(cotangent, input, form)
      give(cotangent, to: x)
    case .halfSquaredReLU(let x, let input, let y):
      guard let cotangent = take(y) else { return }
      squareTangent(cotangent, input)
      give(cotangent, to: x)
    case .scale(let x, let factors, let z, let y):
      guard let cotangent = take(y) else { return }
      let result = Self.copy(cotangent)
      scaleTangent(result, factors)
      give(result, to: x)
      give(cotangent, to: z)
    case .addValues(let x, let added, let y):
      if let cotangent = values[y] {
        give(valueCotangent(cotangent, added, width: linearization.width), to: x)
      }
    case .add(let x, let y):
      if let cotangent = values[y] { give(Self.copy(cotangent), to: x) }
    case .move(let x, let y):
      if let cotangent = take(y) { give(cotangent, to: x) }
    case .edit(let x, let edit): apply(edit, to: x)
    }
  }

  /// What was replaced depends on nothing; what was added to, as before. The same both ways.
  private mutating func apply(_ edit: SiteEdit, to x: Register) {
    guard let value = values[x] else { return }
    for (row, edit) in edit.rows {
      for copy in 0..<copies {
        let place = copy * rows + row
        switch edit {
        case .replace: for column in 0..<value.columns { value[place, column] = 0 }
        case .add: break
        case .multiply(let factors):
          for column in 0..<value.columns { value[place, column] *= factors[column] }
        }
      }
    }
  }
}
