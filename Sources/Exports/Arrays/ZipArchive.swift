/// Files in one file, as they are, without being compressed: what PKWARE's APPNOTE 6.3.3 calls stored.
struct ZipArchive {
  private struct Entry {
    let name: [UInt8]
    let checksum: UInt32
    let size: UInt32
    let offset: UInt32
  }

  private var entries: [Entry] = []
  private var offset = 0

  /// The longest archive that every reader opens.
  private static let limit = Int(UInt32.max) - 1

  /// Adds a file.
  /// - Throws: `ExportError` where the archive would be too long, and what the sink throws.
  mutating func add(_ name: String, _ bytes: [UInt8], to sink: Exporter.Sink) throws {
    let entry = Entry(
      name: Array(name.utf8), checksum: CRC32.of(bytes),
      size: UInt32(clamping: bytes.count), offset: UInt32(clamping: offset))
    guard offset + bytes.count + 1024 < Self.limit, entries.count < 65_000 else {
      throw ExportError(
        "These runs are too large for a zip archive of 4 GiB, as npz is one. "
          + "`muninn trace --save FILE.safetensors` writes one run of any length.")
    }
    let header = Self.little(0x0403_4b50, 4) + Self.common(entry)
    try sink(header + entry.name)
    try sink(bytes)
    offset += header.count + entry.name.count + bytes.count
    entries.append(entry)
  }

  /// Writes the list of what is in it.
  func finish(to sink: Exporter.Sink) throws {
    var list: [UInt8] = []
    for entry in entries {
      list += Self.little(0x0201_4b50, 4) + Self.little(20, 2) + Self.common(entry)
      // No comment, the first disk, no attributes.
      list += [UInt8](repeating: 0, count: 10) + Self.little(entry.offset, 4) + entry.name
    }
    let count = Self.little(UInt32(entries.count), 2)
    try sink(
      list + Self.little(0x0605_4b50, 4) + Self.little(0, 4) + count + count
        + Self.little(UInt32(list.count), 4) + Self.little(UInt32(offset), 4) + Self.little(0, 2))
  }

  /// What both headers of a file say: version 2.0, names in UTF-8, stored, the first day there is, so that the
  /// same runs make the same bytes.
  private static func common(_ entry: Entry) -> [UInt8] {
    little(20, 2) + little(0x0800, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
      + little(entry.checksum, 4) + little(entry.size, 4) + little(entry.size, 4)
      + little(UInt32(entry.name.count), 2) + little(0, 2)
  }

  private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }
}

/// The checksum of zip archives (ISO 3309).
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    let table = table
    var value = UInt32.max
    for byte in bytes { value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    return ~value
  }
}
