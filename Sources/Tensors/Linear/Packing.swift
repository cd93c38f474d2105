import CKernels
import Synchronization

/// One weight on its way from the file into panels, a few megabytes a thread at a time.
struct Packing {
  let weight: StoredTensor  // [outputs, row length]
  let columns: Range<Int>
  let format: Int32
  let storage: PackedStorage

  /// Stored bytes that one thread takes at a time: many enough to make a request for pages worth
  /// it, few enough that pages read stay in the cache until they are packed.
  private static let bytesInTile = 1 << 20
  /// Stored bytes between two reports.
  private static let bytesInReport = 64 << 20

  /// Packs everything; the error of the first bad weight does not depend on the threads.
  func run(team: ThreadTeam, progress: (Double) throws -> Void) throws {
    let outputs = weight.shape[0]
    let panels = (outputs + 31) / 32
    guard !columns.isEmpty, panels > 0, let pack = muninn_kernels().pointee.pack else { return }
    let size = weight.elementType.size
    let panelBytes = 32 * weight.shape[1] * size
    let group = max(1, Self.bytesInTile / panelBytes)
    let report = max(1, Self.bytesInReport / (panelBytes * group)) * group
    for first in stride(from: 0, to: panels, by: report) {
      let end = min(panels, first + report)
      let bad = Mutex<Int64?>(nil)
      team.run(
        tiles: (end - first + group - 1) / group, work: (end - first) * 32 * columns.count
      ) { tile in
        let range = first + tile * group..<min(end, first + (tile + 1) * group)
        let place = packPanels(range, pack)
        if place >= 0 { bad.withLock { $0 = min($0 ?? place, place) } }
      }
      if let place = bad.withLock({ $0 }) {
        let index =
          Int(place) / columns.count * weight.shape[1] + columns.lowerBound
          + Int(place) % columns.count
        throw NonFiniteWeight(weight, index: index)
      }
      try progress(Double(end) / Double(panels))
    }
  }

  private func packPanels(
    _ panels: Range<Int>, _ pack: (UnsafePointer<muninn_pack_call>?) -> Int64
  ) -> Int64 {
    let size = weight.elementType.size
    let rowBytes = weight.shape[1] * size
    let rows = panels.lowerBound * 32..<min(weight.shape[0], panels.upperBound * 32)
    let read =
      weight.offset + rows.lowerBound * rowBytes..<weight.offset + rows.upperBound * rowBytes
    let all = weight.offset..<weight.offset + weight.count * size
    weight.region.prepareToRead(read)
    defer { weight.region.giveBack(read) }
    return weight.region.withBytes(in: all) { bytes in
      guard let base = bytes.baseAddress else { return -1 }
      var call = muninn_pack_call()
      call.stored = weight.elementType.kernelFormat
      call.format = format
      call.weights = base + columns.lowerBound * size
      call.stride = Int64(weight.shape[1])
      call.outputs = Int64(weight.shape[0])
      call.inputs = Int64(columns.count)
      call.first_panel = Int64(panels.lowerBound)
      call.end_panel = Int64(panels.upperBound)
      call.packed = storage.bytes
      return pack(&call)
    }
  }
}

extension ElementType {
  var kernelFormat: Int32 {
    switch self {
    case .float32: MUNINN_F32
    case .bfloat16: MUNINN_BF16
    case .float16: MUNINN_F16
    }
  }
}
