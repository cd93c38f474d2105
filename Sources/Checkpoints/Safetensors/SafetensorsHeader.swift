import Tensors

/// Reads and checks the header of a safetensors file.
struct SafetensorsHeader {
  /// One tensor of the header, checked.
  struct Entry {
    var name: String
    var shape: [Int]
    var type: SafetensorsType
    /// Bytes in the file (not relative to the data).
    var range: Range<Int>
  }

  /// A checked header.
  struct Entries {
    var tensors: [Entry] = []
    var metadata: [String: String] = [:]
    var gaps: [Range<Int>] = []
  }

  let region: ByteRegion
  let path: String

  func entries() throws(CheckpointError) -> Entries {
    let length = try headerLength()
    let header: JSONValue
    do throws(JSONError) {
      header = try JSONValue(parsing: region.bytes(in: 8..<8 + length))
    } catch {
      throw damaged("The header is \(error).")
    }
    guard let members = header.members else {
      throw damaged("The header is \(header.kind) where a JSON object was expected.")
    }
    var result = Entries()
    var names: Set<[UInt8]> = []
    for member in members {
      guard names.insert(Array(member.name.utf8)).inserted else {
        throw damaged("The header names '\(member.name)' twice.")
      }
      if member.name == "__metadata__" {
        result.metadata = try metadata(member.value)
      } else {
        result.tensors.append(try entry(member, data: 8 + length))
      }
    }
    result.gaps = try gaps(result.tensors, data: 8 + length)
    return result
  }

  private func damaged(_ cause: String) -> CheckpointError {
    CheckpointError(
      .damaged, file: path, cause,
      advice: "The file is damaged or cut short; download or save it again.")
  }

  private func headerLength() throws(CheckpointError) -> Int {
    guard region.count >= 8 else {
      throw damaged(
        "A safetensors file begins with 8 bytes of header length; this one has \(region.count)"
          + " bytes in all.")
    }
    let length = region.withBytes(in: 0..<8) {
      UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
    }
    guard length <= UInt64(SafetensorsFile.maximumHeader) else {
      throw damaged(
        "The header claims \(length) bytes; at most \(SafetensorsFile.maximumHeader) are allowed,"
          + " so this is probably no safetensors file.")
    }
    guard Int(length) <= region.count - 8 else {
      throw damaged(
        "The header claims \(length) bytes, but only \(region.count - 8) follow its length.")
    }
    return Int(length)
  }

  private func metadata(_ value: JSONValue) throws(CheckpointError) -> [String: String] {
    // As other programs write what they have nothing to say in.
    if value.isNull { return [:] }
    guard let members = value.members else {
      throw damaged("'__metadata__' is \(value.kind) where an object of strings was expected.")
    }
    var result: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw damaged("'__metadata__' holds \(member.value.kind) under '\(member.name)'.")
      }
      result[member.name] = text
    }
    return result
  }

  private func entry(_ member: JSONMember, data: Int) throws(CheckpointError) -> Entry {
    let name = member.name
    guard member.value.members != nil else {
      throw damaged("Tensor '\(name)' is \(member.value.kind) where an object was expected.")
    }
    guard let typeName = member.value["dtype"]?.string else {
      throw damaged("Tensor '\(name)' has no element type (dtype).")
    }
    let type = SafetensorsType.named(typeName)
    guard let sizes = member.value["shape"]?.array else {
      throw damaged("Tensor '\(name)' has no shape.")
    }
    var shape: [Int] = []
    var bits = type.bits ?? 1
    // Zeros count as ones here: a size of zero must not hide an overflow of the other sizes.
    var nonzero = bits
    for size in sizes {
      guard let size = size.integer, size >= 0 else {
        throw damaged(
          "Tensor '\(name)' has the shape \(JSONValue.array(sizes).serialized()), which is no list"
            + " of sizes.")
      }
      shape.append(size)
      let product = nonzero.multipliedReportingOverflow(by: max(size, 1))
      guard !product.overflow else {
        throw damaged(
          "Tensor '\(name)' has the impossible shape \(JSONValue.array(sizes).serialized()).")
      }
      nonzero = product.partialValue
      bits = size == 0 ? 0 : bits == 0 ? 0 : nonzero
    }
    guard let offsets = member.value["data_offsets"]?.array, offsets.count == 2,
      let begin = offsets[0].integer, let end = offsets[1].integer
    else { throw damaged("Tensor '\(name)' has no pair of data offsets.") }
    guard begin >= 0, begin <= end else {
      throw damaged("Tensor '\(name)' lies at bytes \(begin) to \(end), which is no range.")
    }
    guard end <= region.count - data else {
      throw damaged(
        "Tensor '\(name)' ends at byte \(end) of the data, which has only"
          + " \(region.count - data) bytes.")
    }
    // What a type of unknown size needs is not known; its place in the file is checked all the same.
    guard type.bits == nil || bits % 8 == 0 && end - begin == bits / 8 else {
      throw damaged(
        "Tensor '\(name)' of shape \(shape) and type \(typeName) needs \((bits + 7) / 8) bytes, but"
          + " its data offsets span \(end - begin).")
    }
    return Entry(name: name, shape: shape, type: type, range: data + begin..<data + end)
  }

  /// Checks that no two tensors share bytes, and collects the bytes none of them covers.
  private func gaps(_ tensors: [Entry], data: Int) throws(CheckpointError) -> [Range<Int>] {
    let ordered = tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var gaps: [Range<Int>] = []
    var end = data
    var previous = ""
    for tensor in ordered where !tensor.range.isEmpty {
      if tensor.range.lowerBound < end {
        throw damaged("The tensors '\(previous)' and '\(tensor.name)' overlap.")
      }
      if tensor.range.lowerBound > end { gaps.append(end..<tensor.range.lowerBound) }
      end = tensor.range.upperBound
      previous = tensor.name
    }
    if end < region.count { gaps.append(end..<region.count) }
    return gaps
  }
}
