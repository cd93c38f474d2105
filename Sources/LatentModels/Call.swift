/// What goes along with a call to a model: how it is watched and stopped, and who looks inside.
public struct Call: Sendable {
  public var control: StepControl
  /// Looks at and rewrites values inside. Without hooks nothing costs more and no bit changes.
  public var hooks: Hooks

  public init(control: StepControl = .uninterrupted, hooks: Hooks = .none) {
    self.control = control
    self.hooks = hooks
  }

  /// Runs to the end, tells nobody, looks at nothing.
  public static let plain = Call()
}
