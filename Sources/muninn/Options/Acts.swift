import ArgumentParser
import Explorer

/// Acts of a session on the command line, as a log has them.
enum Acts {
  /// Reads them.
  /// - Throws: `ValidationError` that shows the first that is wrong.
  static func read(_ acts: [String]) throws -> SessionLog {
    do throws(LogProblem) {
      return try SessionLog(parsing: acts.joined(separator: "\n"))
    } catch {
      throw ValidationError("--do, act \(error.line): \(error.words)\n  \(error.text)")
    }
  }
}
