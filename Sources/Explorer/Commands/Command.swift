/// What a command was given: a count typed before the key, words typed after the name.
struct Invocation: Sendable, Hashable {
  var count: Int?
  var argument: String?

  /// The count, or a number as the argument.
  var number: Int? { count ?? argument.flatMap { Int($0) } }
}

/// One thing the explorer can do. Keys, help, footer and command line all come from the table.
struct Command: Sendable {
  enum Group: String, Sendable, CaseIterable {
    case time = "Time"
    case conditions = "Conditions"
    case run = "Run"
    case write = "Write on"
    case runs = "Branches"
    case look = "Look"
    case heat = "Heat map"
    case inside = "Inside an iteration"
    case causes = "Causes"
    case fan = "Many copies"
    case plane = "State path"
    case exits = "Exit rules"
    case program = "Program"
  }

  /// The name on the command line, such as `step-forward`.
  let name: String
  /// A word or two for the footer.
  let title: String
  /// One sentence for the help.
  let doc: String
  let keys: [Key]
  let group: Group
  /// The pane in which alone the keys mean this, before all else; nil: everywhere.
  var only: PaneName?
  /// Then, only while that pane fills the screen.
  var isOnlyZoomed = false
  /// The panes in whose footer it comes first.
  var panes: Set<PaneName> = []
  /// Where it stands among the keys of the footer; nil leaves it to the help.
  var footerRank: Int?
  /// In the footer at all times.
  var isAlwaysInFooter = false
  /// What to say when it cannot work now: why, and what would; nil when it can.
  var reason: @Sendable (ExplorerState) -> String? = { _ in nil }
  /// What is typed after the name, completed as far as that can be done; nil where it cannot.
  var complete: @Sendable (String, ExplorerState) -> String? = { _, _ in nil }
  let perform: @Sendable (inout ExplorerState, Invocation) -> [Effect]

  /// The table.
  static let all: [Command] =
    timeCommands + conditionCommands + editCommands + runCommands + galleryCommands
    + writeCommands + treeCommands + familyCommands + variantCommands + compareCommands
    + insideCommands + watchCommands + causeCommands + fanCommands
    + lookCommands + motionCommands + planeCommands + exitCommands
    + programCommands

  /// What a key means while a pane has the focus, or fills the screen.
  static func bound(to key: Key, in pane: PaneName, isZoomed: Bool) -> Command? {
    all.first { $0.only == pane && (isZoomed || !$0.isOnlyZoomed) && $0.keys.contains(key) }
      ?? all.first { $0.only == nil && $0.keys.contains(key) }
  }

  static func named(_ name: String) -> Command? {
    all.first { $0.name == name }
      ?? {
        let matches = all.filter { $0.name.hasPrefix(name) }
        return matches.count == 1 ? matches[0] : nil
      }()
  }

  /// Does it, or says why not.
  func run(_ state: inout ExplorerState, _ invocation: Invocation) -> [Effect] {
    if let reason = reason(state) {
      state.complain(reason)
      return []
    }
    state.lastCommand = name
    return perform(&state, invocation)
  }

  static let needsRun: @Sendable (ExplorerState) -> String? = { state in
    if state.trajectory != nil { return nil }
    if state.loading != nil { return "the model is still being opened; wait, or q to quit" }
    if state.model == nil { return "no model could be opened; q quits" }
    return "there is no run yet; / asks something"
  }

  static let needsFreeStart: @Sendable (ExplorerState) -> String? = { state in
    if state.model?.hasFixedStart == true {
      return "this model starts from its prompt, and nowhere else"
    }
    return needsSettledRun(state)
  }

  static let needsSettledRun: @Sendable (ExplorerState) -> String? = { state in
    needsRun(state) ?? (state.isBeginning ? "the new run is starting; try again in a moment" : nil)
  }
}
