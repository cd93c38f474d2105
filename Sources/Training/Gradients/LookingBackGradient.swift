import CKernels
import LatentModels
import Tensors

/// What one layer keeps of one stretch of the text, for those that come after.
struct StretchKeys {
  /// Queries, keys and values side by side.
  let projected: BufferView  // [rows · length, queries + keys + values]
  let length: Int
  /// What later stretches add to the gradients of keys and values; nil where none has yet.
  var gradient: BufferView?  // [rows · length, queries + keys + values]
}

/// Attention of a stretch over itself and all before it: that of the whole text, of which only the last
/// places ask. On the way back the last stretch comes first, and leaves with the others what their keys
/// and values gave it.
extension Tape {
  func attendBack(
    _ x: Register, _ input: BufferView, _ shape: AttentionShape,
    into y: (register: Register, view: BufferView), at site: Site
  ) {
    // Registers that nobody goes back through are written again and again.
    let own = StretchKeys(projected: isRecording ? input : keepCopy(of: input), length: length)
    stretches?[site, default: []].append(own)
    let all = stretches?[site] ?? [own]
    let result = y.view
    for row in 0..<rows {
      let text = gather(all, row: row, columns: input.columns)
      for head in 0..<shape.heads {
        var call = muninn_attention_call()
        call.q = UnsafePointer(text.pointer + head * shape.headDimension)
        call.k = UnsafePointer(text.pointer + shape.keyColumn(head))
        call.v = UnsafePointer(text.pointer + shape.valueColumn(head))
        call.stride = Int64(text.stride)
        // Of the first place of the text, which is before those that are written.
        call.y =
          result.pointer + (row * length - past) * result.stride + head * shape.headDimension
        call.y_stride = Int64(result.stride)
        call.head_dimension = Int64(shape.headDimension)
        (call.first, call.end) = (Int64(past), Int64(past + length))
        call.scale = 1 / Float(shape.headDimension).squareRoot()
        kernels.attention(&call)
      }
    }
    record(.attendBack(x: x, input: input, site: site, shape, y: y.register))
  }

  func reverseAttentionBack(
    x: Register, input: BufferView, site: Site, _ shape: AttentionShape, y: Register
  ) {
    let dy = take(y)
    guard let own = stretches?[site]?.last else { return }
    defer { stretches?[site]?.removeLast() }
    guard dy != nil || own.gradient != nil else { return }
    let (dx, accumulates) = receive(x, columns: input.columns)
    precondition(!accumulates, "nothing else reads what attention reads")
    if let later = own.gradient {
      dx.load(later)
    } else {
      dx.clear()
    }
    guard let dy else { return }
    let all = stretches?[site] ?? []
    let total = past + length
    let back = prepared.matrix(rows: 2 * total, columns: max(input.columns, dy.columns))
    let (dText, dResult) = (back.rows(from: 0), back.rows(from: total).columns(0..<dy.columns))
    for row in 0..<rows {
      let text = gather(all, row: row, columns: input.columns)
      // Places before ask nothing.
      for place in 0..<past {
        (dResult.pointer + place * dResult.stride).update(repeating: 0, count: dy.columns)
      }
      for place in 0..<length {
        (dResult.pointer + (past + place) * dResult.stride).update(
          from: dy.pointer + (row * length + place) * dy.stride, count: dy.columns)
      }
      reverseAttention(text, dy: dResult, shape, dx: dText, tokens: total)
      scatter(dText, row: row, site: site, into: dx)
    }
  }

  /// Queries, keys and values of one sequence from its first place.  // [past + length, columns]
  private func gather(_ all: [StretchKeys], row: Int, columns: Int) -> BufferView {
    let text = activation.matrix(rows: past + length, columns: columns)
    var place = 0
    for stretch in all {
      let first = stretch.projected.rows(from: row * stretch.length)
      for token in 0..<stretch.length {
        (text.pointer + place * text.stride).update(
          from: first.pointer + token * first.stride, count: columns)
        place += 1
      }
    }
    return text
  }

  /// Adds the gradients of one sequence's places to those of their stretches; the last one's is `own`.
  private func scatter(_ text: BufferView, row: Int, site: Site, into own: BufferView) {
    guard var all = stretches?[site] else { return }
    var place = 0
    for index in all.indices {
      let stretch = all[index]
      let isOwn = index + 1 == all.count
      let gradient =
        isOwn ? own : stretch.gradient ?? keepZeros(like: stretch.projected)
      if !isOwn { all[index].gradient = gradient }
      for token in 0..<stretch.length {
        kernels.add(
          text.pointer + place * text.stride,
          gradient.pointer + (row * stretch.length + token) * gradient.stride,
          Int64(own.columns))
        place += 1
      }
    }
    stretches?[site] = all
  }

  /// Zeros that last until `begin`.
  private func keepZeros(like view: BufferView) -> BufferView {
    let zeros = matrixKept(rows: view.rows, columns: view.columns)
    zeros.clear()
    return zeros
  }
}

extension BufferView {
  /// Zeros everywhere.
  func clear() {
    for row in 0..<rows { (pointer + row * stride).update(repeating: 0, count: columns) }
  }
}
