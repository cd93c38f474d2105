import CKernels

/// Names the files that are mapped into memory to the handler of bus errors.
public enum MappedMemory {
  /// Notes that some bytes are a file's.
  /// - Returns: what to forget them by.
  public static func note(_ base: UnsafeRawPointer, count: Int, path: String) -> Int32 {
    muninn_map_note(base, Int64(count), path)
  }

  /// Call before the bytes are unmapped.
  public static func forget(_ number: Int32) { muninn_map_forget(number) }

  /// From now on, a read past the end of a mapped file, which somebody cut short, ends the program
  /// with a sentence that names it and status 1. For programs only: it is the process's handler.
  public static func guardAgainstTruncation() { muninn_map_guard() }
}
