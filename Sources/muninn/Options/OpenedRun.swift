import ArgumentParser
import Checkpoints
import Explorer
import RunFiles
import Tensors

/// A run file with the model that made it, as far as that is at hand.
struct OpenedRun {
  let file: RunFile
  /// The model it goes on with; nil where none is at hand.
  let model: (checkpoint: Checkpoint, options: ModelOptions)?
  /// Why nothing more of it can be computed, as a sentence without its point; nil where it can.
  let noModel: String?

  /// What becomes of a file of another model than the one named.
  enum OtherModel {
    case refused
    /// It is opened without a model.
    case looked
    /// It is opened with the model at hand, which runs nothing of it but the same prompt.
    case compared
  }

  /// Bytes of weights that are read to tell which they are where nobody waits for it.
  private static let mostQuietBytes = 2 << 30

  /// - Parameters:
  ///   - model: what the command line says. Without a model there the one inside the program, the user's
  ///     own and the one of that name in the hub's cache are tried.
  ///   - other: what becomes of one of another model.
  /// - Throws: `CheckpointError`; of kind `.mismatch` where the model named is another.
  init(
    _ path: String, model options: ModelOptions, settings: Configuration, other: OtherModel
  ) throws {
    file = try RunFile.open(path)
    var options = options
    let manifest = file.manifest
    let made = manifest.model.flatMap { Precision(rawValue: $0.precision) }
    if options.precision == .exact, let made { options.precision = made }
    if manifest.summary.passes != nil, manifest.summary.name.contains("(causal)") {
      options.causal = true
    }
    if options.model != nil {
      let checkpoint = try options.openCheckpoint()
      let own = try ModelIdentity(of: checkpoint, precision: options.precision)
      guard let difference = manifest.model?.difference(from: own) else {
        (model, noModel) = ((checkpoint, options), nil)
        return
      }
      if other == .looked {
        (model, noModel) = (nil, "another model made this run, so that it is only looked at")
        return
      }
      guard other == .compared else {
        throw CheckpointError(
          .mismatch, file: path,
          "Another model made this run, \(manifest.summary.name): \(difference).",
          advice:
            "Give that model, or none to look at it, or --anyway to see it beside the same prompt on "
            + "this model.")
      }
      (model, noModel) = ((checkpoint, options), nil)
      return
    }
    for name in [manifest.source, nil, settings.model, manifest.model?.name] as [String?] {
      options.model = name
      // What cannot be opened is not the one.
      guard let checkpoint = try? options.openCheckpoint() else { continue }
      if let made = manifest.model {
        guard made.mayBe(ofSizes: checkpoint.files.map(\.byteCount)),
          let own = try? ModelIdentity(of: checkpoint, precision: options.precision),
          made.difference(from: own) == nil
        else { continue }
      } else if name == nil || name != manifest.source {
        // Nobody could tell which it was, but where.
        continue
      }
      (model, noModel) = ((checkpoint, options), nil)
      return
    }
    if other == .compared {
      options.model = settings.model
      (model, noModel) = ((try options.openCheckpoint(), options), nil)
      return
    }
    model = nil
    noModel = "its model, \(manifest.summary.name), is not at hand; --model opens it"
  }

  /// The session that was left last.
  /// - Throws: `ValidationError` where there is none.
  static func lastSession() throws -> String {
    guard let path = StateFolder.lastSession(), FileSystem.isFile(path) else {
      throw ValidationError("No session was left yet; the explorer keeps the last one.")
    }
    return path
  }

  /// Tells which model it is, once.
  static func identity(
    of checkpoint: Checkpoint, precision: Precision
  ) -> ComputeThread.Identity {
    let memory = IdentityMemory()
    return { isPatient in
      try memory.identity {
        let cache = HashCache()
        let unread = checkpoint.files.reduce(0) { $0 + (cache.knows($1.path) ? 0 : $1.byteCount) }
        guard isPatient || unread <= mostQuietBytes else { return nil }
        return try ModelIdentity(of: checkpoint, precision: precision, remembering: cache)
      }
    }
  }
}
