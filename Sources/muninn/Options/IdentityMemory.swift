import RunFiles
import Synchronization

/// Which model it is, read once however often it is asked.
final class IdentityMemory: Sendable {
  private let known = Mutex<ModelIdentity?>(nil)

  /// - Parameter make: reads the model; nil where it would take too long for now.
  func identity(_ make: () throws -> ModelIdentity?) rethrows -> ModelIdentity? {
    try known.withLock { known in
      if known == nil { known = try make() }
      return known
    }
  }
}
