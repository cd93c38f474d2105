import Checkpoints
import Tensors

/// The tensors of one prompt of a reference case, and which of them were looked at.
struct ReferenceTensors {
  private let file: SafetensorsFile
  private let key: String
  private(set) var used: Set<String> = []

  init(file: SafetensorsFile, key: String) {
    self.file = file
    self.key = key
  }

  func has(_ name: String) -> Bool { file.tensors["\(key).\(name)"] != nil }

  /// All elements of a float tensor; nil when the reference has none of that name.
  mutating func all(_ name: String) throws -> [Float]? {
    guard let tensor = file.tensors["\(key).\(name)"] else { return nil }
    used.insert(tensor.name)
    return tensor.floats()
  }

  /// Row `number`, counted from 1, of a float tensor.
  mutating func row(_ name: String, _ number: Int, of rows: Int?) throws -> ArraySlice<Float>? {
    guard let tensor = file.tensors["\(key).\(name)"] else { return nil }
    used.insert(tensor.name)
    guard number >= 1, number <= tensor.rows, rows.map({ $0 == tensor.rows }) ?? true else {
      throw ReferenceError(
        path: tensor.name, problem: "has shape \(tensor.shape), row \(number) was wanted")
    }
    let length = tensor.rowLength
    return tensor.floats(in: (number - 1) * length..<number * length)[...]
  }

  mutating func matrix(_ name: String) throws -> Matrix? {
    guard let tensor = file.tensors["\(key).\(name)"], tensor.shape.count == 2 else { return nil }
    used.insert(tensor.name)
    return Matrix(rows: tensor.rows, columns: tensor.rowLength, values: tensor.floats())
  }

  mutating func integers(_ name: String) throws -> [Int]? {
    let full = "\(key).\(name)"
    guard file.skipped[full] != nil else { return nil }
    used.insert(full)
    return try file.integers(full)
  }

  /// What follows `prefix` in the names that begin with it, in order.
  func endings(of prefix: String) -> [String] {
    let full = "\(key).\(prefix)"
    return (Array(file.tensors.keys) + file.skipped.keys).filter { $0.hasPrefix(full) }
      .map { String($0.dropFirst(full.count)) }.sorted()
  }

  /// The names `logits_everyN` that exist, with N.
  func strides() -> [Int] {
    file.tensors.keys.compactMap { name in
      name.hasPrefix("\(key).logits_every") ? Int(name.dropFirst("\(key).logits_every".count)) : nil
    }
  }
}

/// The forms in which a reference keeps logits: of all positions, of the last one, or of every
/// n-th iteration.
struct LogitReferences {
  struct Table {
    let tensor: StoredTensor

    /// Row `number`, counted from 1.
    func row(_ number: Int, of rows: Int) -> ArraySlice<Float>? {
      guard number <= tensor.rows, tensor.rows == rows else { return nil }
      let length = tensor.rowLength
      return tensor.floats(in: (number - 1) * length..<number * length)[...]
    }
  }

  let all: Table?
  let last: Table?
  let every: (stride: Int, table: Table)?

  init(_ tensors: inout ReferenceTensors) throws {
    all = tensors.table("logits")
    last = tensors.table("logits_last")
    every = tensors.strides().first.flatMap { stride in
      tensors.table("logits_every\(stride)").map { (stride, $0) }
    }
  }
}

extension ReferenceTensors {
  fileprivate mutating func table(_ name: String) -> LogitReferences.Table? {
    guard let tensor = file(name) else { return nil }
    return LogitReferences.Table(tensor: tensor)
  }

  private mutating func file(_ name: String) -> StoredTensor? {
    guard let tensor = file.tensors["\(key).\(name)"] else { return nil }
    used.insert(tensor.name)
    return tensor
  }
}
