import CKernels
import LatentModels
import Tensors

/// Texts that come in stretches, each of which looks back at those before it: a prompt, thoughts, what
/// follows them. A thought is the last hidden vector of the stretch before:
///
///     stream[row] ← stream of the last place of the row;   its gradient goes back there
extension Tape {
  /// Goes on behind the tokens in the registers with some that are looked up next.
  func goOn(length: Int) {
    precondition(stretches != nil, "texts that come in stretches")
    record(.goOn(after: stretch, isThought: false))
    stretch = Stretch(past: past + self.length, length: length)
  }

  /// Goes on with a thought: what the stream holds at the last place of every sequence.
  func think() {
    precondition(stretches != nil, "texts that come in stretches")
    let (before, old) = (self[.stream], stretch)
    let isKnown = isTracked(.stream)
    stretch = Stretch(past: past + length, length: 1)
    let thought = write(.stream, columns: before.columns, kept: true, tracked: isKnown)
    for row in 0..<rows {
      (thought.pointer + row * thought.stride).update(
        from: before.pointer + ((row + 1) * old.length - 1) * before.stride,
        count: before.columns)
    }
    record(.goOn(after: old, isThought: true))
  }

  func goBack(to stretch: Stretch, isThought: Bool) {
    // Where the gradient of the thought lies the one of the stretch before is written.
    let thought = isThought ? take(.stream).map { keepCopy(of: $0) } : nil
    self.stretch = stretch
    guard let thought else { return }
    let (dx, accumulates) = receive(.stream, columns: thought.columns)
    precondition(!accumulates, "a stretch is read by its thought alone")
    for token in 0..<tokens {
      let to = dx.pointer + token * dx.stride
      if (token + 1) % length == 0 {
        to.update(from: thought.pointer + token / length * thought.stride, count: dx.columns)
      } else {
        to.update(repeating: 0, count: dx.columns)
      }
    }
  }
}
