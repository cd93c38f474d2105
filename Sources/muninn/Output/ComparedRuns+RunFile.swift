import Checkpoints
import Engine
import LatentModels
import RunFiles
import Tensors
import Trajectories

extension ComparedRuns {
  /// Two run files: of each the branch that was looked at. Nothing is computed, so that there are no
  /// distances between states and distributions.
  /// - Throws: `CheckpointError`, `Incomparable`.
  init(files first: String, _ second: String) throws {
    let (a, b) = (try RunFile.open(first), try RunFile.open(second))
    let (mine, theirs) = (a.manifest.summary, b.manifest.summary)
    guard mine.vocabularySize == theirs.vocabularySize else {
      throw Self.vocabularies(mine, theirs)
    }
    self.init(
      a: try Self.branch(of: a, first), b: try Self.branch(of: b, second), distances: nil,
      expected: (Self.expected(of: a, by: mine), Self.expected(of: b, by: theirs)),
      decode: a.codec.decode)
  }

  /// A run file and what comes of the same causes on a model: the branch that was looked at, as far as it went.
  /// - Parameter isFirst: whether the file is A.
  /// - Throws: as `RunFileRerun`.
  init(
    file path: String, on side: RunFileRerun.Side, isFirst: Bool, team: ThreadTeam,
    control: StepControl
  ) throws {
    let file = try RunFile.open(path)
    let saved = try (
      Self.branch(of: file, path), Self.expected(of: file, by: file.manifest.summary)
    )
    let rerun = try RunFileRerun(file, on: side, team: team, control: control)
    let here = (rerun.branch, rerun.expected)
    let (a, b) = isFirst ? (saved, here) : (here, saved)
    self.init(
      a: a.0, b: b.0, distances: nil, expected: (a.1, b.1), decode: file.codec.decode)
  }

  static func vocabularies(_ mine: ModelSummary, _ theirs: ModelSummary) -> Incomparable {
    Incomparable(
      description:
        "\(mine.name) has \(mine.vocabularySize) tokens in its vocabulary and \(theirs.name) "
        + "\(theirs.vocabularySize): what they say cannot be compared token by token.")
  }

  private static func branch(of file: RunFile, _ path: String) throws -> Branch {
    let runs = file.runs
    guard let branch = runs.branch ?? file.tree.nodes.first.flatMap({ runs.branch(to: $0.id) })
    else { throw Incomparable(description: "\(path) holds no run.") }
    return branch
  }

  /// What a task asks for that a model was trained on.
  static func expected(of file: RunFile, by summary: ModelSummary) -> ExpectedResults? {
    guard let node = file.tree.current ?? file.tree.nodes.first?.id,
      case .prompt(let cause)? = file.tree.lineage(of: node)?.links.first?.cause
    else { return nil }
    return ExpectedResults(cause.text, tokens: cause.ids.count, of: summary)
  }
}
