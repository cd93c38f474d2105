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
  /// Whether a log has it.
  var isLogged = true
  /// In the footer at all times.
  var isAlwaysInFooter = false
  /// What to say when it cannot work now: why, and what would; nil when it can.
  var reason: @Sendable (ExplorerState) -> String? = { _ in nil }
  /// What it takes, in the order in which it is typed.
  var parameters: [Parameter] = []
  /// Does it, with arguments that fit the parameters.
  let perform: @Sendable (inout ExplorerState, Arguments) -> [Effect]

  /// How it is written: `extend [count]`.
  var usage: String { ([name] + parameters.map(\.usage)).joined(separator: " ") }

  /// The table.
  static let all: [Command] =
    timeCommands + conditionCommands + editCommands + runCommands + galleryCommands
    + writeCommands + treeCommands + familyCommands + variantCommands + compareCommands
    + insideCommands + watchCommands + causeCommands + fanCommands + judgeCommands
    + lookCommands + heatCommands + pointCommands + motionCommands + contractionCommands
    + planeCommands + exitCommands
    + presentCommands + tourCommands + logCommands + fileCommands + exportCommands + programCommands

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

  /// Does it as a part of something else, or says why not.
  /// - Parameter text: what stands after its name.
  func run(_ state: inout ExplorerState, _ text: String? = nil) -> [Effect] {
    do throws(ArgumentProblem) {
      return try perform(text, &state)
    } catch {
      state.complain(error.sentence(name))
      return []
    }
  }

  /// Does it, or says what stands in its way.
  /// - Throws: `ArgumentProblem` where it is given what it does not take.
  func perform(
    _ text: String?, _ state: inout ExplorerState
  ) throws(ArgumentProblem) -> [Effect] {
    if let reason = reason(state) {
      state.complain(reason)
      return []
    }
    let given = try Arguments(text, for: self, state)
    state.lastCommand = name
    return perform(&state, given)
  }

  /// What a count before its key comes to.
  /// - Throws: `ArgumentProblem` where a count means nothing.
  func invocation(count: Int?) throws(ArgumentProblem) -> Invocation {
    guard let count else { return Invocation(name) }
    guard parameters.contains(where: \.takesCount) else {
      throw ArgumentProblem("\(name) takes no count; without \(count) it does it")
    }
    return Invocation(name, "\(count)")
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
