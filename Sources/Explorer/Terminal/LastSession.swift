import Checkpoints
import Glibc

/// Keeps the session that is left, for `muninn --last`.
enum LastSession {
  /// Writes it and waits until it is written, or says why it is not: whatever asked the program to end.
  /// A session in which nothing was done leaves the one before as it is; any other leaves it beside itself, so
  /// that of two programs that end one after the other neither loses its session.
  /// - Parameter source: where the model is; nil for the one inside the program.
  /// - Returns: what a person should know.
  static func keep(
    _ state: ExplorerState, service: any ComputeService, source: String?,
    environment: [String: String]
  ) -> String? {
    guard state.branch != nil, let folder = StateFolder.path(environment),
      let path = StateFolder.lastSession(environment)
    else { return nil }
    Signals.hold()
    defer { Signals.release() }
    do throws(OutputError) {
      let isNew = access(folder, F_OK) != 0
      try OutputFolder.make(folder)
      if isNew { chmod(folder, 0o700) }
    } catch {
      return "the session was not kept: \(error)"
    }
    let isFirst = access(path, F_OK) != 0
    guard isFirst || state.isWorthKeeping else { return nil }
    if !isFirst, let before = StateFolder.sessionBefore(environment) {
      // A second name of the same file: the first stays until the new file takes its place. What cannot be
      // is done without.
      unlink(before)
      link(path, before)
    }
    for effect in Saving.save(to: path, isQuiet: true, source: source, state) {
      if case .submit(let request) = effect { service.submit(request) }
    }
    service.settle()
    for case .failed(.file, let message) in service.takeEvents() {
      return "the session was not kept: \(message)"
    }
    // What somebody asks a model is nobody else's business.
    if isFirst { chmod(path, 0o600) }
    return nil
  }
}
