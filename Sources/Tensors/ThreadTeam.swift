import CKernels
import Glibc
import Synchronization

/// A fixed team of threads that divides tiles of one computation and joins before returning.
///
/// Which thread computes a tile never changes what is computed, so results are bit-identical for
/// every team size. Idle members sleep. Used from one thread at a time; a second caller waits.
public final class ThreadTeam: Sendable {
  /// Number of threads, the caller included.
  public let count: Int
  private let crew: Crew?

  /// A team of `count` threads; by default one for each physical core it may use.
  public init(count: Int = ThreadTeam.availableCores) {
    precondition(count >= 1, "a team has at least one thread")
    let crew = count > 1 ? Crew(helpers: count - 1) : nil
    self.crew = crew
    self.count = 1 + (crew?.helpers ?? 0)
  }

  deinit { crew?.dismiss() }

  /// A team of the caller alone.
  public static let single = ThreadTeam(count: 1)

  /// Number of physical cores the process may run on (two hardware threads of one core count once).
  public static var availableCores: Int { max(1, Int(muninn_available_cores())) }

  /// Work below this many multiply-adds is not worth waking a helper for.
  static let worthSharing = 400_000

  /// Calls `body` once for each tile `0..<tiles`, on all threads when `work` (multiply-adds, or
  /// anything of that cost) is large enough, and returns when all are done.
  public func run(tiles: Int, work: Int, _ body: (Int) -> Void) {
    guard let crew, tiles > 1, work >= Self.worthSharing else {
      for tile in 0..<tiles { body(tile) }
      return
    }
    crew.run(tiles: tiles, body)
  }

  /// Calls `body` for all rows, some neighbours at a time, on all threads where that is worth it.
  /// - Parameter workInRow: multiply-adds, or anything of that cost.
  package func run(rows: Int, workInRow: Int, _ body: (Range<Int>) -> Void) {
    let work = rows * workInRow
    guard crew != nil, rows > 1, work >= Self.worthSharing else { return body(0..<rows) }
    // One tile a thread: what follows on the same rows then finds them in the cache of its core.
    let tiles = min(rows, count)
    run(tiles: tiles, work: work) { tile in
      body(rows * tile / tiles..<rows * (tile + 1) / tiles)
    }
  }

  /// Changes every element of an array in place, some neighbours at a time, on all threads where that is
  /// worth it.
  /// - Parameter workInElement: multiply-adds, or anything of that cost.
  package func change<Element>(
    _ elements: inout [Element], workInElement: Int, _ body: (Int, inout Element) -> Void
  ) {
    elements.withUnsafeMutableBufferPointer { elements in
      let all = elements
      run(rows: all.count, workInRow: workInElement) { some in
        for index in some { body(index, &all[index]) }
      }
    }
  }
}

/// The helpers of a team and what they share with the caller.
private final class Crew: @unchecked Sendable {
  let helpers: Int
  /// Serves one caller at a time.
  private let turn = Mutex(())
  private let generation = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  // Helpers inside the job; far below zero while no job is open.
  private let running = Atomic<Int>(closed)
  private let sleeping = Atomic<Int>(0)
  private let dismissed = Atomic<Bool>(false)
  // Written by the caller before `generation` is raised, read by helpers after.
  private nonisolated(unsafe) var job: ((Int) -> Void)?
  private nonisolated(unsafe) var tiles = 0
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>

  init(helpers wanted: Int) {
    lock = .allocate(capacity: 1)
    wake = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(wake, nil)
    helpers = wanted
    // Helpers take no signals: those belong to the thread that reads the terminal.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &before)
    for _ in 0..<wanted {
      var thread = pthread_t()
      let argument = Unmanaged.passRetained(self).toOpaque()
      let failure = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Crew>.fromOpaque(argument).takeRetainedValue().serve()
          return nil
        }, argument)
      if failure == 0 {
        pthread_detach(thread)
      } else {
        Unmanaged<Crew>.fromOpaque(argument).release()
      }
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(lock)
    wake.deallocate()
    lock.deallocate()
  }

  func dismiss() {
    dismissed.store(true, ordering: .releasing)
    raise()
  }

  private func raise() {
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(lock)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(lock)
    }
  }

  func run(tiles: Int, _ body: (Int) -> Void) {
    turn.withLock { _ in
      withoutActuallyEscaping(body) { body in
        job = body
        self.tiles = tiles
        next.store(0, ordering: .relaxed)
        running.subtract(Self.closed, ordering: .acquiringAndReleasing)  // open
        raise()
        work()
        // Close the job to helpers that have not come in yet, then wait for those inside.
        var spins = 0
        while true {
          let inside = running.compareExchange(
            expected: 0, desired: Self.closed, ordering: .acquiringAndReleasing)
          if inside.exchanged { break }
          spins += 1
          if spins & 63 == 0 { sched_yield() } else { pause() }
        }
        job = nil
      }
    }
  }

  /// Value of `running` while no helper may come in.
  private static let closed = -1 << 30

  private func work() {
    guard let job else { return }
    while true {
      let tile = next.add(1, ordering: .relaxed).oldValue
      if tile >= tiles { return }
      job(tile)
    }
  }

  private func serve() {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins < Self.patience {
          pause()
        } else {
          pthread_mutex_lock(lock)
          sleeping.add(1, ordering: .sequentiallyConsistent)
          while generation.load(ordering: .sequentiallyConsistent) == seen {
            pthread_cond_wait(wake, lock)
          }
          sleeping.subtract(1, ordering: .sequentiallyConsistent)
          pthread_mutex_unlock(lock)
        }
      }
      seen = generation.load(ordering: .acquiring)
      if dismissed.load(ordering: .acquiring) { return }
      if running.add(1, ordering: .acquiringAndReleasing).oldValue >= 0 { work() }
      running.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Pauses before an idle helper goes to sleep: some tens of microseconds.
  private static let patience = 2_000

  @inline(__always) private func pause() { muninn_pause() }
}
