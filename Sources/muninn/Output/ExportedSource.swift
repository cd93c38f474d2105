import Checkpoints
import Engine
import Explorer
import Exports
import LatentModels
import Trajectories

/// Where exported runs come from: they are computed now, or were before.
struct ExportedSource {
  /// The runs, with what is wanted of them.
  let runs: (ExportNeeds) throws -> ExportedRuns
  /// The explorer on them, without a terminal.
  let screen: () throws -> SessionPictures
}

extension ExportedSource {
  /// What to compute.
  struct Wish {
    var beginnings: [Beginning]
    var iterations: Int
    var edits: [String] = []
    /// Whether a model that ends its thoughts itself has as many as it wants, as in `trace`.
    var endsItself = false
    /// The session whose end is seen.
    var session: SessionLog
    var gallery: [GalleryEntry] = []
    /// Whether that session is a film, act by act.
    var isFilmed = false
  }

  /// Runs that are computed when they are asked for.
  static func computed(_ wish: Wish, on workbench: Workbench) -> ExportedSource {
    ExportedSource(
      runs: { needs in
        let engine = Engine(workbench, candidates: 16)
        var runs = try engine.begin(wish.beginnings).map {
          (lineage: Lineage($0), trajectory: $1)
        }
        if !wish.edits.isEmpty {
          runs.append(try EditOption.make(wish.edits, engine, runs.map(\.lineage)))
        }
        let stop = wish.endsItself ? workbench.model.facts.thoughts?.tokens.stop : nil
        var going = Array(runs.indices)
        for iteration in 0..<wish.iterations {
          going.removeAll {
            stop != nil && runs[$0].trajectory.steps.last?.readings.last?.best?.id == stop
          }
          if going.isEmpty { break }
          let steps = try engine.step(going.map { runs[$0].lineage }, to: iteration + 1)
          for (index, step) in zip(going, steps) { runs[index].trajectory.append(step) }
        }
        return try engine.exported(
          source(runs, edits: wish.edits), needs: needs, program: Muninn.configuration.version)
      },
      screen: {
        let service = ComputeThread(version: Muninn.configuration.version) { _ in workbench }
        defer { service.shutDown() }
        return try SessionPictures(
          of: wish.session, service: service, gallery: wish.gallery, isFilmed: wish.isFilmed)
      })
  }

  /// Numbered from 0, as `trace` does.
  private static func source(
    _ runs: [(lineage: Lineage, trajectory: Trajectory)], edits: [String]
  ) -> ExportSource {
    let isAlone = runs.count == 1
    return ExportSource(
      runs.enumerated().map { number, run in
        let isEdited = run.lineage.parent != nil
        let prompt = DisplayText.escape(run.trajectory.prompt)
        let name = prompt.isEmpty ? "ids" : prompt
        let words =
          isEdited
          ? "edit \(edits.joined(separator: "; "))"
          : isAlone ? name : "\(name) \(run.trajectory.start)"
        return ExportSource.Run(
          number: number, origin: isEdited ? .init(run: 0, iteration: 0) : nil, words: words,
          lineage: run.lineage, trajectory: run.trajectory)
      }, current: 0)
  }
}
