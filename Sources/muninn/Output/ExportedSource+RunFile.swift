import Engine
import Explorer
import Exports
import RunFiles
import Trajectories

extension ExportedSource {
  /// Runs of a file, as they were looked at. What is not in it is computed, where its model is at hand.
  /// - Throws: where the model cannot be opened.
  static func saved(
    _ opened: OpenedRun, at path: String, session: SessionLog, gallery: [GalleryEntry]
  ) throws -> ExportedSource {
    let file = opened.file
    let workbench = try opened.model.map { checkpoint, options in
      try Workbench.open(checkpoint, team: options.team(), precision: options.precision)
    }
    return ExportedSource(
      runs: { needs in
        guard let workbench else { return ExportedRuns(file) }
        let engine = Engine(workbench, candidates: 16)
        file.resume(in: engine)
        return try engine.exported(
          ExportSource(file.runs), needs: needs, program: Muninn.configuration.version)
      },
      screen: {
        let service: any ComputeService =
          workbench.map { workbench in
            ComputeThread(version: Muninn.configuration.version) { _ in workbench }
          } ?? ReadingService(file, noModel: opened.noModel ?? "there is no model")
        defer { service.shutDown() }
        return try SessionPictures(of: session, service: service, gallery: gallery, file: path)
      })
  }
}

extension ExportedRuns {
  /// What a file has, for which nothing is computed: normed states and places in a plane are not in it.
  init(_ file: RunFile) {
    let source = ExportSource(file.runs)
    self.init(
      model: file.manifest.summary.name, program: Muninn.configuration.version,
      parts: file.manifest.summary.parts,
      runs: source.runs.map { run in
        let node = NodeID(run.number)
        let states = file.states(of: node)
        return Run(
          number: run.number, origin: run.origin,
          isRerun: run.lineage.links.last?.cause.isRerun ?? false, words: run.words,
          firstToken: run.lineage.passages.last?.firstToken ?? 0, trajectory: run.trajectory,
          texts: file.texts(of: node),
          states: (0...run.trajectory.lastIteration).compactMap { states?.rows($0) })
      },
      current: source.current, vocabulary: TokenTexts(file.codec))
  }
}
