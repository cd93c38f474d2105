import RunFiles
import Trajectories

/// Sessions as files.
enum Saving {
  /// Asks for a file of the session.
  /// - Parameter source: where the model is, for a file that nobody else gets.
  static func save(
    to path: String, isCompact: Bool = false, isQuiet: Bool = false, source: String? = nil,
    _ state: ExplorerState
  ) -> [Effect] {
    guard var file = state.runFile else { return [] }
    file.manifest.source = source
    return [
      .submit(
        .save(
          SaveOrder(
            file, to: path, isCompact: isCompact, isQuiet: isQuiet,
            isReading: state.noModel != nil)))
    ]
  }

  /// Asks for a session of a file, in place of the one there is.
  static func open(_ path: String, anyway: Bool, _ state: inout ExplorerState) -> [Effect] {
    Playback.pause(&state)
    return [.cancel, .submit(.open(path, anyway: anyway))]
  }

  static func saved(_ path: String, _ bytes: Int, _ state: inout ExplorerState) {
    state.say("saved to \(Printable.clip(path, 60)), \(Numbers.bytes(bytes))")
  }
}

extension ExplorerState {
  /// The session as a file has it; nil before there is a run.
  var runFile: RunFile? {
    guard let model, let vocabulary, branch != nil else { return nil }
    let tree = runs.tree
    var manifest = RunManifest(
      version: version, summary: model, tree: tree, notes: notes, marks: marks, view: runView)
    manifest.fan = savedFan
    var trajectories: [NodeID: Trajectory] = [:]
    var planes: [NodeID: Projection] = [:]
    for node in tree.nodes.map(\.id) {
      trajectories[node] = runs[node]?.trajectory
      planes[node] = node == tree.current ? projection : views[node]?.projection
    }
    var file = RunFile(
      manifest, trajectories: trajectories, planes: planes, vocabulary: vocabulary)
    file.causalMaps = savedMaps
    return file
  }

  private var runView: RunView {
    var branches: [RunView.Branch] = []
    for node in runs.tree.nodes.map(\.id) {
      let isHere = node == runs.tree.current
      guard let place = isHere ? cursor : views[node]?.cursor else { continue }
      branches.append(
        RunView.Branch(
          RunPlace(node: node, token: place.token, iteration: place.iteration),
          target: isHere ? liveTarget : views[node]?.target ?? 0))
    }
    var view = RunView(
      branches: branches, metric: metric.name, focus: "\(focus)", zoom: zoom.map { "\($0)" },
      watched: watching.ids, folded: folded.sorted())
    view.settings = runSettings
    return view
  }

  /// Where the cursor is, in the tree, with the selected block where one looks inside.
  var markedPlace: RunPlace? {
    runs.tree.current.map {
      RunPlace(
        node: $0, token: cursor.token, iteration: cursor.iteration,
        block: zoom == .inside ? insideAddress.block : nil)
    }
  }

  /// Where the cursor is, in the tree.
  var here: RunPlace? {
    runs.tree.current.map {
      RunPlace(node: $0, token: cursor.token, iteration: cursor.iteration)
    }
  }
}
