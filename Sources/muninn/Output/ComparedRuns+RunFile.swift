import Checkpoints
import Engine
import LatentModels
import RunFiles
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
      expected: (Self.expected(of: a), Self.expected(of: b)), decode: a.codec.decode)
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

  private static func expected(of file: RunFile) -> ExpectedResults? {
    guard let node = file.tree.current ?? file.tree.nodes.first?.id,
      case .prompt(let cause)? = file.tree.lineage(of: node)?.links.first?.cause
    else { return nil }
    return ExpectedResults(cause.text, tokens: cause.ids.count, of: file.manifest.summary)
  }
}
