import Foundation
import TestSupport

/// The tensors of a small safetensors file, as numbers; enough for fixtures.
struct GoldenFile {
  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }
  private let bytes: [UInt8]
  private let start: Int
  private let entries: [String: Entry]

  init(_ fixture: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path(fixture)))
    bytes = [UInt8](data)
    start = 8 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
    struct Item: Decodable {
      let entry: Entry?
      init(from decoder: Decoder) { entry = try? Entry(from: decoder) }
    }
    entries = try JSONDecoder().decode([String: Item].self, from: data[8..<start])
      .compactMapValues(\.entry)
  }

  var names: [String] { entries.keys.sorted() }

  func shape(_ name: String) throws -> [Int] { try entry(name).shape }

  func floats(_ name: String) throws -> [Float] {
    let entry = try entry(name)
    let base = start + entry.offsets[0]
    return (0..<entry.shape.reduce(1, *)).map { i in
      bytes.withUnsafeBytes { raw in
        switch entry.dtype {
        case "F32": raw.loadUnaligned(fromByteOffset: base + i * 4, as: Float.self)
        case "I64": Float(raw.loadUnaligned(fromByteOffset: base + i * 8, as: Int64.self))
        case "I32": Float(raw.loadUnaligned(fromByteOffset: base + i * 4, as: Int32.self))
        default:
          Float(
            bitPattern: UInt32(raw.loadUnaligned(fromByteOffset: base + i * 2, as: UInt16.self))
              << 16)
        }
      }
    }
  }

  private func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else { throw CocoaError(.fileNoSuchFile) }
    return entry
  }
}
