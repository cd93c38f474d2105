import ArgumentParser
import Checkpoints
import Tensors

/// Latent states in safetensors files.
enum StateFile {
  /// Reads `FILE` or `FILE:TENSOR`; a lone tensor of numbers with a fraction needs no name.
  /// - Parameter tell: told when float64, which numpy makes unless told otherwise, was rounded.
  static func read(_ reference: String, tell: (String) -> Void) throws -> Matrix {
    let (path, name) = split(reference)
    let file = try SafetensorsFile.open(path)
    let readable = file.tensors.keys + file.skipped.values.filter { $0.type == "F64" }.map(\.name)
    let all = Array(file.tensors.keys) + file.skipped.keys
    let held = all.isEmpty ? "no tensor" : list(all, in: file)
    let chosen: String
    if let name {
      chosen = name
    } else if readable.count == 1 {
      chosen = readable[0]
    } else if all.count == 1 {
      chosen = all[0]
    } else {
      throw ValidationError(
        "\(path) holds \(held). An initial state is one tensor [tokens, width]"
          + (all.isEmpty ? "." : "; say which: --initial-state \(path):NAME."))
    }
    let (shape, values) = try elements(chosen, of: file, path: path, held: held, tell: tell)
    let plain = shape.count == 3 && shape[0] == 1 ? Array(shape.dropFirst()) : shape
    guard plain.count == 2 else {
      throw ValidationError(
        "\(chosen) in \(path) has shape \(shape); an initial state is [tokens, width].")
    }
    return Matrix(rows: plain[0], columns: plain[1], values: values)
  }

  private static func elements(
    _ name: String, of file: SafetensorsFile, path: String, held: String, tell: (String) -> Void
  ) throws -> (shape: [Int], values: [Float]) {
    if let tensor = file.tensors[name] { return (tensor.shape, tensor.floats()) }
    guard let other = file.skipped[name] else {
      throw ValidationError("\(path) has no tensor \(name). It holds \(held).")
    }
    guard let values = other.roundedDoubles() else {
      throw ValidationError(
        "\(name) in \(path) is \(other.type); an initial state is F32, BF16, F16 or F64.")
    }
    tell("\(name) in \(path) is F64; its elements were rounded to float32")
    return (other.shape, values)
  }

  /// `s0 F64 [3, 64], ids I64 [3]`
  private static func list(_ names: [String], in file: SafetensorsFile) -> String {
    let shown = names.sorted().prefix(8).map { name in
      let type = file.tensors[name]?.elementType.rawValue ?? file.skipped[name]?.type ?? ""
      return "\(name) \(type) \(file.tensors[name]?.shape ?? file.skipped[name]?.shape ?? [])"
    }
    return "\(names.count == 1 ? "1 tensor" : "\(names.count) tensors") "
      + "(\(shown.joined(separator: ", "))\(names.count > 8 ? ", …" : ""))"
  }

  /// A colon may be part of a path; what follows the last one is a tensor unless the whole is a
  /// file.
  private static func split(_ reference: String) -> (path: String, name: String?) {
    if FileSystem.isFile(reference) { return (reference, nil) }
    guard let colon = reference.lastIndex(of: ":") else { return (reference, nil) }
    return (String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
  }
}
