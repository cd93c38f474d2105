import Testing

extension Trait where Self == TimeLimitTrait {
  /// For tests that wait for threads, processes and terminals: what waits for ever fails at last.
  ///
  /// The time counts from when a test is begun, and all are begun at once and share few threads: it has to
  /// be longer than the whole of the tests takes on a slow machine, or it tells who stood last in the queue.
  public static var hangingIsTold: Self { .timeLimit(.minutes(30)) }
}
