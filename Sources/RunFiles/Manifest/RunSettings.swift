import Trajectories

/// How a session was set up, beside where it was looked at. What a file does not say of it is nil and
/// stays as a session begins with it.
public struct RunSettings: Codable, Sendable, Hashable {
  /// A place where runs stop by themselves.
  public struct Breakpoint: Codable, Sendable, Hashable {
    public var token: Int
    /// As it is typed.
    public var condition: String

    public init(token: Int, condition: String) { (self.token, self.condition) = (token, condition) }
  }

  /// What the plane is fitted on, and what is shown of it.
  public struct Plane: Codable, Sendable, Hashable {
    public var basis: String
    /// Components, from 0.
    public var across: Int
    public var up: Int
    public var isCentred: Bool
    public var showsWaterfalls: Bool

    public init(basis: String, across: Int, up: Int, isCentred: Bool, showsWaterfalls: Bool) {
      self.basis = basis
      (self.across, self.up) = (across, up)
      (self.isCentred, self.showsWaterfalls) = (isCentred, showsWaterfalls)
    }
  }

  /// An exit rule that is asked otherwise than as published.
  public struct Exit: Codable, Sendable, Hashable {
    public var rule: String
    public var threshold: Float
    public var scope: String
    /// Iterations that are not checked.
    public var minimum: Int

    public init(rule: String, threshold: Float, scope: String, minimum: Int) {
      self.rule = rule
      self.threshold = threshold
      self.scope = scope
      self.minimum = minimum
    }
  }

  /// The causal map that was looked at.
  public struct Cause: Codable, Sendable, Hashable {
    public var clean: NodeID
    public var corrupted: NodeID
    public var last: Int
    public var kind: String
    public var site: String?
    public var measure: String

    public init(
      clean: NodeID, corrupted: NodeID, last: Int, kind: String, site: String?, measure: String
    ) {
      (self.clean, self.corrupted, self.last) = (clean, corrupted, last)
      (self.kind, self.site, self.measure) = (kind, site, measure)
    }
  }

  /// The second metric beside the heat map: `auto`, `none` or a name.
  public var beside: String?
  /// As it is typed.
  public var speed: String?
  public var loops: Bool?
  /// Runs of which right and wrong were told to a class; nil where it was not shown to one.
  public var told: [NodeID]?
  /// Columns of a cell of the heat map.
  public var cellWidth: Int?
  public var showsText: Bool?
  public var plane: Plane?
  public var breakpoints: [Breakpoint]?
  /// What is looked for: a condition, or a piece of the text.
  public var search: String?
  public var soughtText: String?
  public var exits: [Exit]?
  /// The run beside the one looked at.
  public var compared: NodeID?
  public var cause: Cause?

  public init() {}
}
