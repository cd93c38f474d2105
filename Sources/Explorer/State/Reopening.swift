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
    state.hasOtherModels = file.tree.hasOtherModels
    state.notes = file.manifest.notes.filter { file.tree.contains($0.place.node) }
    state.marks = file.manifest.marks.filter { file.tree.contains($0.value.node) }
    look(file, &state)
    state.openedSubstance = SessionSubstance(state)
    let count = file.tree.count
    if reopened.compares, let current = file.tree.current {
      let made = file.tree.otherModel(of: current) ?? ""
      state.advise(
        "Runs of \(Printable.clip(made, 80)) (file), and beside them the same prompt on the model here: v "
          + "compares, b goes from one to the other. Those of the file go on nowhere here.")
      return OtherModels.begin(beside: current, &state)
    }
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
    (state.reached, state.glimpse, state.layers, state.views) = (nil, [:], nil, [:])
    (state.arrival, state.startReading) = (LookingAtArrival(), StartReading())
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
    if let settings = view?.settings { state.take(settings, keepsSpeed: state.wishesSpeed) }
    state.wishesSpeed = false
    for map in file.causalMaps { state.causing.known[map.question] = map }
    if let fan = file.manifest.fan { state.take(fan) }
    for id in view?.watched ?? [] where id >= 0 && id < state.vocabulary?.count ?? 0 {
      guard state.watching.ids.count < Watching.most else { break }
      _ = state.watching.add(id)
    }
    state.folded = Set(view?.folded ?? [])
    if let metric = state.metrics.firstIndex(where: { $0.name == view?.metric }) {
      state.metricIndex = metric
    }
    // Others are opened at a cell, and belong to it.
    let shown = ReadingOnly.panes.union([.compare, .causes, .fan])
    func pane(_ name: String?) -> PaneName? {
      PaneName.allCases.first { "\($0)" == name && shown.contains($0) }
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
    // States to come need a basis, which files of before have none of.
    state.isPlaneStale =
      state.noModel == nil && state.hasFitAtTarget && file.bases[node] == nil
    // What needs a run that is not there, or a model, is not opened.
    let needs: [PaneName: Bool] = [
      .compare: state.other != nil, .causes: state.causePair != nil, .fan: state.fanQuestion != nil,
    ]
    if let zoom = state.zoom,
      needs[zoom] == false || state.noModel != nil && ReadingOnly.wants(state)
    {
      state.zoom = nil
    }
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
      projection: noModel != nil || file.bases[node] != nil ? file.planes[node] : nil,
      isProvisionalFit: false, hasFitAtTarget: noModel == nil, ending: nil)
  }
}
