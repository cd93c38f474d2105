import CKernels
import LatentModels
import Tensors

/// Training's mathematics: carries operations out and remembers them, to go back through them in
/// reverse and gather the gradients of all parameters.
///
/// While recording, every value a gradient needs has a place of its own; else registers are written
/// again and again. Gradients live in registers too: going back through an operation takes the
/// gradient of what it wrote and adds to the gradients of what it read. Belongs to one thread.
final class Tape: BlockMathematics {
  typealias Map = ParameterMatrix
  typealias Vector = ParameterVector

  /// One operation, with the values that its gradient needs.
  enum Operation {
    case linear(
      x: Register, input: LinearInput, map: ParameterMatrix, z: Register?, y: Register,
      reachesParameters: Bool)
    case rmsNorm(
      x: Register, input: BufferView, gain: ParameterVector, epsilon: Float, y: Register)
    case normPart(
      x: Register, columns: Range<Int>, input: BufferView, gain: ParameterVector, epsilon: Float)
    case layerNorm(
      x: Register, centred: BufferView, gain: ParameterVector, bias: ParameterVector?,
      epsilon: Float, y: Register)
    case rotate(x: Register, Rotation<ParameterVector>, AttentionShape)
    case attend(x: Register, input: BufferView, AttentionShape, y: Register)
    case attendBack(x: Register, input: BufferView, site: Site, AttentionShape, y: Register)
    case goOn(after: Stretch, isThought: Bool)
    case attendEdited(
      x: Register, input: BufferView, AttentionShape, edits: [SiteEdit], y: Register)
    case edit(x: Register, SiteEdit)
    case siluMultiply(x: Register, input: BufferView, y: Register)
    case gelu(x: Register, input: BufferView, GeluForm, y: Register)
    case embed(
      UnsafePointer<Int32>, table: ParameterVector, width: Int, scale: Float, y: Register)
    case addPositions(table: ParameterVector, y: Register)
    case add(x: Register, y: Register)
    case move(from: Register, to: Register)
  }

  let kernels: muninn_kernel_table
  let packed: PackedParameters
  let angles: RotationAngles
  var numerics: Numerics { packed.numerics }
  /// Sequences that lie one after the other in every register, and their length.
  private(set) var rows = 0
  private(set) var length = 0
  /// Tokens of every sequence that came before those in the registers.
  private(set) var past = 0
  /// Keys and values of the stretches before, by layer; nil where every text is run as a whole.
  var stretches: [Site: [StretchKeys]]?
  var tokens: Int { rows * length }
  /// The flat vector of weights of this step.
  private(set) var parameters: UnsafePointer<Float>
  /// The flat vector that gradients are added to; nil where none are wanted.
  private(set) var gradient: UnsafeMutablePointer<Float>?
  var isRecording = false
  /// Who looks at sites, and the iteration they are told.
  var hooks = Hooks.none
  var iteration = 0

  private let memory = TapeMemory()
  private var operations: [Operation] = []
  private var values: [BufferView?]
  /// Whether the value of a register depends on parameters through what was recorded.
  private var isTracked: [Bool]
  private var gradients: [BufferView?]
  private var valueScratch: [[Scratch]]
  private var phase: [Int]
  private var gradientScratch: [Scratch]
  /// Rows or columns as the kernel that runs now wants them.
  let prepared = Scratch()
  let packedRows = Scratch()
  let attention = Scratch()
  let activation = Scratch()

  init(packed: PackedParameters, angles: RotationAngles, parameters: UnsafePointer<Float>) {
    kernels = muninn_kernels().pointee
    self.packed = packed
    self.angles = angles
    self.parameters = parameters
    let count = Register.allCases.count
    values = Array(repeating: nil, count: count)
    isTracked = Array(repeating: false, count: count)
    gradients = Array(repeating: nil, count: count)
    valueScratch = (0..<count).map { _ in [Scratch(), Scratch()] }
    phase = Array(repeating: 0, count: count)
    gradientScratch = (0..<count).map { _ in Scratch() }
  }

  /// Bytes of everything it has taken so far.
  var size: Int {
    let scratches =
      valueScratch.joined() + gradientScratch + [prepared, packedRows, attention, activation]
    return scratches.reduce(memory.size) { $0 + $1.size }
  }

  /// Forgets everything and starts on other sequences.
  /// - Parameter goesOn: whether texts come in stretches, of which this is the first.
  func begin(
    rows: Int, length: Int, parameters: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>?, goesOn: Bool = false
  ) {
    stretches = goesOn ? [:] : nil
    (self.rows, self.length, past) = (rows, length, 0)
    (self.parameters, self.gradient) = (parameters, gradient)
    isRecording = gradient != nil
    memory.rewind()
    operations.removeAll(keepingCapacity: true)
    for register in values.indices {
      values[register] = nil
      gradients[register] = nil
      isTracked[register] = false
    }
  }

  /// Tokens that registers hold now, and how many came before.
  struct Stretch {
    var past: Int
    var length: Int
  }

  /// The stretch of the text at hand. Registers keep what they hold; none may be read that was written
  /// for another one.
  var stretch: Stretch {
    get { Stretch(past: past, length: length) }
    set { (past, length) = (newValue.past, newValue.length) }
  }

  // MARK: Values

  /// What a register holds.
  subscript(register: Register) -> BufferView {
    guard let view = values[register.rawValue] else {
      preconditionFailure("nothing was written to \(register)")
    }
    return view
  }

  /// A place for a new value of a register, which then holds it.
  /// - Parameter kept: whether a gradient needs the value itself.
  func write(_ register: Register, columns: Int, kept: Bool, tracked: Bool) -> BufferView {
    let index = register.rawValue
    let view: BufferView
    if isRecording && kept {
      view = memory.matrix(rows: tokens, columns: columns)
    } else {
      phase[index] ^= 1
      view = valueScratch[index][phase[index]].matrix(rows: tokens, columns: columns)
    }
    values[index] = view
    isTracked[index] = isRecording && tracked
    return view
  }

  /// A place for a value that no parameter has part in, such as a drawn state.
  func load(_ register: Register, columns: Int) -> BufferView {
    write(register, columns: columns, kept: true, tracked: false)
  }

  /// Gives the value of one register to another.
  func move(_ from: Register, to: Register) {
    values[to.rawValue] = values[from.rawValue]
    isTracked[to.rawValue] = isTracked[from.rawValue]
    if isRecording {
      operations.append(.move(from: from, to: to))
    } else {
      // The memory goes along, so that what is written next does not lie over it.
      let mine = valueScratch[from.rawValue][phase[from.rawValue]]
      valueScratch[from.rawValue][phase[from.rawValue]] =
        valueScratch[to.rawValue][phase[to.rawValue]]
      valueScratch[to.rawValue][phase[to.rawValue]] = mine
    }
  }

  /// Writes a copy of one register to another; not recorded.
  func copy(_ from: Register, to: Register) {
    let x = self[from]
    let y = write(to, columns: x.columns, kept: false, tracked: false)
    y.pointer.update(from: x.pointer, count: x.rows * x.stride)
  }

  /// The values of the last place in a register.  // [columns]
  func lastRow(_ register: Register) -> [Float] {
    let view = self[register]
    return Array(
      UnsafeBufferPointer(
        start: view.pointer + (view.rows - 1) * view.stride, count: view.columns))
  }

  // MARK: Gradients

  /// The gradient of a register, where one has arrived.
  func gradient(of register: Register) -> BufferView? { gradients[register.rawValue] }

  /// A place for the gradient of a register: to add to where `accumulates`, else to write.
  func receive(_ register: Register, columns: Int) -> (view: BufferView, accumulates: Bool) {
    let index = register.rawValue
    if let view = gradients[index] { return (view, true) }
    let view = gradientScratch[index].matrix(rows: tokens, columns: columns)
    gradients[index] = view
    return (view, false)
  }

  /// Takes the gradient of a register away: what was written before has none yet.
  func take(_ register: Register) -> BufferView? {
    defer { gradients[register.rawValue] = nil }
    return gradients[register.rawValue]
  }

  /// Gives a gradient that was taken to a register, where it lies.
  func put(_ view: BufferView, to register: Register) -> BufferView {
    gradients[register.rawValue] = view
    return view
  }

  /// Goes back through everything recorded, adding to the gradients of parameters.
  func reverse() {
    while let operation = operations.popLast() {
      switch operation {
      case .linear(let x, let input, let map, let z, let y, let reaches):
        reverseLinear(x: x, input: input, map, z: z, y: y, reachesParameters: reaches)
      case .rmsNorm(let x, let input, let gain, let epsilon, let y):
        reverseNorm(x: x, input: input, gain: gain, epsilon: epsilon, y: y)
      case .normPart(let x, let columns, let input, let gain, let epsilon):
        reverseNorm(x, columns: columns, input: input, gain: gain, epsilon: epsilon)
      case .layerNorm(let x, let centred, let gain, let bias, let epsilon, let y):
        reverseLayerNorm(x: x, centred: centred, gain: gain, bias: bias, epsilon: epsilon, y: y)
      case .rotate(let x, let rotation, let shape): reverseRotation(x, rotation, shape)
      case .attend(let x, let input, let shape, let y):
        reverseAttention(x: x, input: input, shape, y: y)
      case .attendBack(let x, let input, let site, let shape, let y):
        reverseAttentionBack(x: x, input: input, site: site, shape, y: y)
      case .goOn(let stretch, let isThought): goBack(to: stretch, isThought: isThought)
      case .attendEdited(let x, let input, let shape, let edits, let y):
        reverseEditedAttention(x: x, input: input, shape, edits: edits, y: y)
      case .edit(let x, let edit): reverseEdit(x, edit)
      case .siluMultiply(let x, let input, let y): reverseGate(x: x, input: input, y: y)
      case .gelu(let x, let input, let form, let y):
        reverseGelu(x: x, input: input, form, y: y)
      case .embed(let ids, let table, let width, let scale, let y):
        reverseEmbedding(ids, table: table, width: width, scale: scale, y: y)
      case .addPositions(let table, let y): reversePositions(table: table, y: y)
      case .add(let x, let y): reverseAddition(x: x, y: y)
      case .move(let from, let to):
        gradientScratch.swapAt(from.rawValue, to.rawValue)
        gradients[from.rawValue] = gradients[to.rawValue]
        gradients[to.rawValue] = nil
      }
    }
  }

  /// Remembers an operation while recording.
  func record(_ operation: @autoclosure () -> Operation) {
    if isRecording { operations.append(operation()) }
  }

  func isTracked(_ register: Register) -> Bool { isTracked[register.rawValue] }

  /// Memory that lasts until `begin`.
  func keep(bytes: Int) -> UnsafeMutableRawPointer { memory.bytes(bytes) }

  /// An undefined matrix that lasts until `begin`.
  func matrixKept(rows: Int, columns: Int) -> BufferView {
    memory.matrix(rows: rows, columns: columns)
  }

  /// A copy that lasts until `begin`.
  func keepCopy(of view: BufferView) -> BufferView {
    let copy = matrixKept(rows: view.rows, columns: view.columns)
    copy.load(view)
    return copy
  }
}
