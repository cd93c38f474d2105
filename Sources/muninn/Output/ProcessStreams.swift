import Glibc

/// What must hold of the process before anything is written.
enum ProcessStreams {
  /// Makes a closed pipe and a file that grew too long errors of the call that writes, as a full
  /// disk is, and not the end of a program that has more to save.
  static func prepare() {
    for number in [SIGPIPE, SIGXFSZ] {
      var action = sigaction()
      // A handler and not "ignore", which programs started from here would inherit.
      action.__sigaction_handler.sa_handler = { _ in }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
    // The next file that is opened must not be taken for a stream that was closed at the start.
    for (number, access) in [(0, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)] as [(Int32, Int32)]
    where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", access)
    }
  }
}
