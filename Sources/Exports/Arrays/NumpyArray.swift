import Tensors

/// An array as NumPy keeps it in a file of its own (`.npy`, format 1.0): a header in ASCII, then the elements,
/// little-endian, the last index fastest.
struct NumpyArray {
  let shape: [Int]
  /// The type of its elements as NumPy spells it: `<f4`.
  private let type: String
  private let elements: [UInt8]

  /// Numbers; NaN where one is undefined.
  /// - Precondition: there are as many as the shape says.
  init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *))
    self.init(type: "<f4", shape: shape, words: values.lazy.map(\.bitPattern))
  }

  /// Whole numbers.
  init(_ values: [Int32], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *))
    self.init(type: "<i4", shape: shape, words: values.lazy.map { UInt32(bitPattern: $0) })
  }

  /// Texts, as code points; all take as much room as the longest.
  init(_ texts: [String]) {
    let longest = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
    var words: [UInt32] = []
    for text in texts {
      let scalars = text.unicodeScalars.map(\.value)
      words += scalars + [UInt32](repeating: 0, count: longest - scalars.count)
    }
    self.init(type: "<U\(longest)", shape: [texts.count], words: words)
  }

  private init(type: String, shape: [Int], words: some Collection<UInt32>) {
    self.type = type
    self.shape = shape
    var bytes: [UInt8] = []
    bytes.reserveCapacity(words.count * 4)
    for word in words {
      bytes.append(UInt8(truncatingIfNeeded: word))
      bytes.append(UInt8(truncatingIfNeeded: word >> 8))
      bytes.append(UInt8(truncatingIfNeeded: word >> 16))
      bytes.append(UInt8(truncatingIfNeeded: word >> 24))
    }
    elements = bytes
  }

  /// The file.
  var bytes: [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    // Magic, version and length take ten bytes; elements begin at a multiple of 64.
    let room = (10 + header.utf8.count + 1 + 63) / 64 * 64 - 10
    header += String(repeating: " ", count: room - header.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(room & 0xff), UInt8(room >> 8)]
      + Array(header.utf8) + elements
  }
}
