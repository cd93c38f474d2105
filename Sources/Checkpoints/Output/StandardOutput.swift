import Foundation
import Synchronization

/// Standard output. What could not be written is never forgotten: from the first failure on every
/// call throws it, and so does `finish`, which a program calls last.
public enum StandardOutput {
  private struct State {
    var waiting: [UInt8] = []
    var failure: OutputError?
    var isUsed = false
  }

  private static let state = Mutex(State())

  /// Whether a person reads it as it comes.
  public static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Writes a line for people: whatever in it could speak to a terminal is escaped.
  public static func say(_ line: String) throws(OutputError) {
    try put(Array((DisplayText.escape(line) + "\n").utf8))
  }

  /// Writes a line of data as it is: JSON, whose strings are escaped already.
  public static func data(_ line: String) throws(OutputError) {
    try put(Array((line + "\n").utf8))
  }

  /// Writes bytes as they are. On a terminal they appear at once, elsewhere at the next `flush` at
  /// the latest.
  public static func put<Element: BitwiseCopyable>(_ values: [Element]) throws(OutputError) {
    try change { state throws(OutputError) in
      let count = values.count * MemoryLayout<Element>.stride
      if count < 1 << 16 {
        values.withUnsafeBytes { state.waiting.append(contentsOf: $0) }
      } else {
        try write(&state)
        try Descriptor.write(values, to: STDOUT_FILENO, name: name)
      }
      if isTerminal || state.waiting.count >= 1 << 16 { try write(&state) }
    }
  }

  /// Hands on everything that was put.
  public static func flush() throws(OutputError) {
    try change { state throws(OutputError) in try write(&state) }
  }

  /// The last call: hands on what is left, and lets the system say what became of it.
  public static func finish() throws(OutputError) {
    try flush()
    let isUsed = state.withLock { $0.isUsed }
    // File systems over a network tell some failures only here.
    if isUsed, close(STDOUT_FILENO) != 0, errno != EINTR { throw .system(name) }
  }

  private static let name = "standard output"

  private static func write(_ state: inout State) throws(OutputError) {
    guard !state.waiting.isEmpty else { return }
    state.isUsed = true
    try Descriptor.write(state.waiting, to: STDOUT_FILENO, name: name)
    state.waiting.removeAll(keepingCapacity: true)
  }

  private static func change(
    _ work: (inout State) throws(OutputError) -> Void
  ) throws(OutputError) {
    let failure = state.withLock { state -> OutputError? in
      if let failure = state.failure { return failure }
      do throws(OutputError) {
        try work(&state)
        return nil
      } catch {
        state.failure = error
        state.waiting = []
        return error
      }
    }
    if let failure { throw failure }
  }
}

extension StandardOutput {
  /// Writes what long work is not ended for: a failure ends only the telling, and `finish` throws
  /// it.
  /// - Parameter text: printed as it is, at once.
  public static func offer(_ text: String) {
    do throws(OutputError) {
      try put(Array(text.utf8))
      try flush()
    } catch {
      // Kept by `change` for `finish`.
    }
  }
}
