/// How a long computation is watched and stopped from another thread.
public struct StepControl: Sendable {
  /// Asked before every layer.
  public let isCancelled: @Sendable () -> Bool
  /// Told after every layer: layers done, layers in all.
  public let progress: @Sendable (Int, Int) -> Void

  public init(
    isCancelled: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    self.isCancelled = isCancelled
    self.progress = progress
  }

  /// Runs to the end and tells nobody.
  public static let uninterrupted = StepControl(isCancelled: { false })

  /// - Throws: `CancellationRequested` when somebody asked to stop.
  public func check() throws(CancellationRequested) {
    if isCancelled() { throw CancellationRequested() }
  }
}

/// The computation was stopped on request; nothing is wrong and nothing was changed.
public struct CancellationRequested: Error, CustomStringConvertible {
  public init() {}
  public var description: String { "Stopped on request." }
}
