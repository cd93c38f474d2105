import Checkpoints
import Engine
import Foundation
import LatentModels
import RunFiles
import Trajectories

/// A session that is to be written to a file.
public struct SaveOrder: Sendable, Equatable {
  public let file: RunFile
  public let path: String
  /// States rounded to bfloat16.
  public let isCompact: Bool
  /// Nobody asked for it, so that it must not take long.
  public let isQuiet: Bool
  /// The session is one that was opened and goes on nowhere here.
  public let isReading: Bool

  public init(
    _ file: RunFile, to path: String, isCompact: Bool = false, isQuiet: Bool = false,
    isReading: Bool = false
  ) {
    self.file = file
    self.path = path
    self.isCompact = isCompact
    self.isQuiet = isQuiet
    self.isReading = isReading
  }
}

/// A session that was opened from a file.
public struct Reopened: Sendable {
  public let file: RunFile
  public let path: String
  /// The model it is looked at with, and its words.
  public let model: ModelSummary
  public let vocabulary: Vocabulary
  /// Why nothing more of it can be computed; nil where it can.
  public let noModel: String?
  /// Its runs are another model's, beside which the prompt is to be run here.
  public let compares: Bool

  public init(
    _ file: RunFile, path: String, model: ModelSummary, vocabulary: Vocabulary, noModel: String?,
    compares: Bool = false
  ) {
    self.compares = compares
    self.file = file
    self.path = path
    self.model = model
    self.vocabulary = vocabulary
    self.noModel = noModel
  }

  /// The bases in which its texts were shown, by what made them.
  var bases: [Lineage: Projector] {
    Dictionary(
      file.bases.compactMap { node, basis in
        guard basis.mean.count == model.width, let lineage = file.tree.lineage(of: node) else {
          return nil
        }
        return (lineage, basis)
      }, uniquingKeysWith: { first, _ in first })
  }
}

/// Saves and opens sessions, with an engine or without one.
struct RunDesk {
  /// Bytes of states that are written where nobody waits for it.
  private static let mostQuietBytes = 1 << 28

  let identity: ComputeThread.Identity
  /// What was opened last.
  private var opened: RunFile?

  init(identity: @escaping ComputeThread.Identity = { _ in nil }) { self.identity = identity }

  /// - Parameters:
  ///   - engine: nil where there is none.
  ///   - basis: that in which a text is shown; nil where it is shown in none.
  /// - Returns: bytes of the file.
  /// - Throws: `CheckpointError`, `CancellationRequested`.
  func save(
    _ order: SaveOrder, _ engine: Engine?, control: StepControl = .uninterrupted,
    basis: (Lineage) -> Projector? = { _ in nil }
  ) throws -> Int {
    guard !order.isReading, let engine else {
      let file = opened.map(order.file.keeping) ?? order.file
      return try file.write(to: order.path, isCompact: order.isCompact)
    }
    let model = try identity(!order.isQuiet)
    try control.check()
    var file = order.file
    let lineages = Dictionary(
      uniqueKeysWithValues: file.tree.nodes.compactMap { node in
        file.tree.lineage(of: node.id).map { (node.id, $0) }
      })
    for node in file.planes.keys { file.bases[node] = lineages[node].flatMap(basis) }
    file.takeStarts(from: engine.workbench)
    let width = engine.workbench.model.facts.stateWidth
    let isLarge = order.isQuiet && file.stateBytes(width: width) > Self.mostQuietBytes
    if !order.isQuiet {
      try file.read(with: engine, control: control)
      try file.measure(with: engine, control: control)
    }
    let before = opened
    return try file.write(
      to: order.path, model: model, isCompact: order.isCompact, codec: engine.workbench.codec
    ) { node in
      guard !isLarge, let lineage = lineages[node] else { return nil }
      // Of other models the engine has no states, but the file they came from.
      return lineage.otherModel == nil ? engine.states(of: lineage) : before?.states(of: node)
    }
  }

  /// - Parameter anyway: whether one of another model is opened too: to be compared with the model here, or
  ///   where their tokens are others, to be looked at.
  /// - Throws: `CheckpointError`; of kind `.mismatch` where another model made the runs.
  mutating func open(_ path: String, anyway: Bool, _ engine: Engine) throws -> Reopened {
    let file = try RunFile.open(path)
    let bench = engine.workbench
    let own = try identity(true)
    let difference = own.flatMap { file.manifest.model?.difference(from: $0) }
    if let difference, !anyway { throw Self.otherModel(file, path, difference) }
    opened = file
    guard let own, let made = file.manifest.model, difference != nil else {
      file.resume(in: engine)
      return Reopened(
        file, path: path, model: bench.summary, vocabulary: bench.vocabulary, noModel: nil)
    }
    if let reason = Self.whyIncomparable(file, bench) {
      return Reopened(
        file, path: path, model: file.manifest.summary, vocabulary: file.vocabulary,
        noModel: "another model made this run, and \(reason), so that it is only looked at")
    }
    let theirs = file.made(by: made.label(beside: own))
    opened = theirs
    engine.know(starts: file.starts)
    return Reopened(
      theirs, path: path, model: bench.summary, vocabulary: bench.vocabulary, noModel: nil,
      compares: true)
  }

  /// Why runs of a file cannot stand beside those of a model, as part of a sentence; nil where they can.
  private static func whyIncomparable(_ file: RunFile, _ bench: Workbench) -> String? {
    let (theirs, here) = (file.manifest.summary, bench.summary)
    guard theirs.vocabularySize == here.vocabularySize else { return "its tokens are others" }
    guard theirs.thinksOnce == here.thinksOnce else { return "it thinks in another way" }
    let used = Set(file.trajectories.values.flatMap(\.tokens))
    let isSame = used.allSatisfy { token in
      token.text == DisplayText.escape(bench.vocabulary.token(token.id).text)
    }
    return isSame ? nil : "its tokens are others"
  }

  /// Opens one that no model is there for.
  mutating func open(_ path: String, noModel: String) throws -> Reopened {
    let file = try RunFile.open(path)
    opened = file
    return Reopened(
      file, path: path, model: file.manifest.summary, vocabulary: file.vocabulary, noModel: noModel)
  }

  private static func otherModel(
    _ file: RunFile, _ path: String, _ difference: String
  ) -> CheckpointError {
    CheckpointError(
      .mismatch, file: path,
      "Another model made this run, \(file.manifest.summary.name): \(difference).",
      advice:
        "Open it with that model (--model), or with --anyway, which shows it beside the same prompt on the model here."
    )
  }
}
