import Foundation
import Synchronization

/// Notices files that were changed while tensors were read from them: what was computed since may
/// have other weights in it.
///
/// A file that another one took the place of is not changed; its contents stay until it is closed.
public enum FileWatch {
  typealias Ticket = Int

  /// What tells a change: the size, and when the contents were last written.
  private struct State: Equatable {
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      size = Int(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  private struct Watched {
    let path: String
    let descriptor: Int32
    let state: State

    var isChanged: Bool {
      var status = stat()
      return fstat(descriptor, &status) == 0 && State(status) != state
    }
  }

  private struct Book {
    var next: Ticket = 0
    var open: [Ticket: Watched] = [:]
    var changed: Set<String> = []
  }

  private static let book = Mutex(Book())

  /// Watches an open file from now on; the descriptor is kept until `end`.
  static func begin(_ descriptor: Int32, _ status: stat, path: String) -> Ticket {
    let watched = Watched(path: path, descriptor: descriptor, state: State(status))
    return book.withLock { book in
      book.next += 1
      book.open[book.next] = watched
      return book.next
    }
  }

  /// Looks a last time and closes the descriptor.
  static func end(_ ticket: Ticket) {
    book.withLock { book in
      guard let watched = book.open.removeValue(forKey: ticket) else { return }
      if watched.isChanged { book.changed.insert(watched.path) }
      close(watched.descriptor)
    }
  }

  /// The files that were changed while they were in use, ever since the program began; sorted.
  public static func changedFiles() -> [String] {
    book.withLock { book in
      for watched in book.open.values where watched.isChanged { book.changed.insert(watched.path) }
      return book.changed.sorted()
    }
  }

  /// What to say of files that were changed; nil when none was.
  /// - Parameter files: those that are of interest, by path; nil for all.
  public static func trouble(of files: Set<String>? = nil) -> CheckpointError? {
    let changed = changedFiles().filter { files?.contains($0) ?? true }
    guard let first = changed.first else { return nil }
    let others = changed.count > 1 ? " So were \(NameList.text(changed.dropFirst()))." : ""
    return CheckpointError(
      .damaged, file: first,
      "The file was changed while it was in use, so what was computed may be of other weights."
        + others, advice: "Run it again, and leave the file alone meanwhile.")
  }
}
