import RunFiles
import Trajectories

/// A session of a file in the place of the one there was.
enum Reopening {
  static func took(_ reopened: Reopened, _ state: inout ExplorerState) -> [Effect] {
    let file = reopened.file
    clear(&state)
    state.model = reopened.model
    state.vocabulary = reopened.vocabulary
    state.noModel = reopened.noModel
    state.runs = file.runs
    state.notes = file.manifest.notes.filter { file.tree.contains($0.place.node) }
    state.marks = file.manifest.marks.filter { file.tree.contains($0.value.node) }
    look(file, &state)
    let count = file.tree.count
    let name = reopened.path.split(separator: "/").last.map(String.init) ?? reopened.path
    let what = "\(count) run\(count == 1 ? "" : "s") of \(Printable.clip(name, 32))"
    guard let reason = reopened.noModel else {
      state.say("\(what); e or space goes on")
      let (theirs, ours) = (file.manifest.kernels, RunFile.kernels)
      if theirs != ours {
        state.advise(
          "Computed with \(Printable.clip(theirs, 20)) kernels, here they are \(ours): iterations to come "
            + "may differ in their last bits from what they would have been there.")
      }
      return []
    }
    state.say("\(what), to be looked at")
    state.advise("Nothing more of this session is computed: \(reason).")
    return []
  }

  /// Forgets everything that is about the session before.
  private static func clear(_ state: inout ExplorerState) {
    Playback.pause(&state)
    state.run = state.run.next
    (state.isBeginning, state.beginnings) = (false, [:])
    (state.isStepping, state.steppingNode, state.stepGoal) = (false, nil, nil)
    (state.isFitting, state.isMeasuring, state.fullMemory) = (false, false, nil)
    (state.glimpse, state.layers, state.views) = ([:], nil, [:])
    state.arrival = LookingAtArrival()
    state.writing = Writing()
    state.breaking = Breaking()
    (state.selectedRun, state.selectsFamily, state.folded) = (nil, false, [])
    (state.together, state.table, state.familyLook) = (nil, nil, FamilyLook())
    state.comparing = Comparing()
    state.inside = LookingInside()
    state.motion = LookingMotion()
    state.contraction = LookingAtContraction()
    state.causing = Causing()
    state.fanning = Fanning()
    state.depth = LookingAtDepth()
    state.endedThoughts = []
    state.watching = Watching()
    (state.failure, state.hint, state.loading) = (nil, nil, nil)
    state.projection = nil
    (state.zoom, state.mode) = (nil, .normal)
  }

  /// Looks at it as it was looked at.
  private static func look(_ file: RunFile, _ state: inout ExplorerState) {
    let view = file.manifest.view
    for id in view?.watched ?? [] where id >= 0 && id < state.vocabulary?.count ?? 0 {
      guard state.watching.ids.count < Watching.most else { break }
      _ = state.watching.add(id)
    }
    state.folded = Set(view?.folded ?? [])
    if let metric = state.metrics.firstIndex(where: { $0.name == view?.metric }) {
      state.metricIndex = metric
    }
    func pane(_ name: String?) -> PaneName? {
      PaneName.allCases.first { "\($0)" == name && ReadingOnly.panes.contains($0) }
    }
    state.focus = pane(view?.focus) ?? .heat
    // A table of variants is opened, not kept.
    state.zoom = pane(view?.zoom).flatMap { $0 == .variants ? nil : $0 }
    for branch in view?.branches ?? [] where file.tree.contains(branch.place.node) {
      state.restore(branch, file)
    }
    // Of those that nobody looked at the planes are there all the same.
    for node in file.planes.keys where state.noModel != nil && state.views[node] == nil {
      guard let end = state.runs.branch(to: node)?.last else { continue }
      let (token, iteration) = (end.tokens.upperBound - 1, end.trajectory.lastIteration)
      state.restore(
        RunView.Branch(RunPlace(node: node, token: token, iteration: iteration), target: iteration),
        file)
    }
    guard let node = file.tree.current, let branch = state.branch else { return }
    let edge = branch.last.trajectory.lastIteration
    let own = state.views.removeValue(forKey: node)
    state.cursor = own?.cursor ?? Address(token: branch.tokenCount - 1, iteration: edge)
    state.liveTarget = state.noModel == nil ? max(1, edge, own?.target ?? 0) : max(1, edge)
    state.projection = file.planes[node]
    (state.isProvisionalFit, state.hasFitAtTarget) = (false, edge >= 2)
    // Its basis is not in the file: states to come need one that is at hand.
    state.isPlaneStale = state.noModel == nil && state.hasFitAtTarget
  }
}

extension ExplorerState {
  /// Keeps how a branch was looked at, as far as that can be.
  fileprivate mutating func restore(_ branch: RunView.Branch, _ file: RunFile) {
    let node = branch.place.node
    guard let text = runs.branch(to: node) else { return }
    let token = min(max(0, branch.place.token), text.tokenCount - 1)
    let iteration = min(max(0, branch.place.iteration), text.lastIteration(of: token))
    views[node] = BranchView(
      cursor: Address(token: token, iteration: iteration),
      target: min(max(1, branch.target), Playback.maximumIterations),
      projection: noModel == nil ? nil : file.planes[node], isProvisionalFit: false,
      hasFitAtTarget: noModel == nil, ending: nil)
  }
}
