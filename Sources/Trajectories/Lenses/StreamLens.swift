import LatentModels
import Tensors

/// A way to read a prediction out of a stream in the middle of an iteration: a name, a sentence, and
/// what the head is given. To add one, write a file and a row in `all`.
public struct StreamLens: Sendable {
  public let name: String
  /// What it does, for people.
  public let explanation: String
  /// Whether it has something to say of streams in prelude and coda too, or takes them as states, which
  /// only those of the core could be.
  public let readsAll: Bool
  /// What the head reads: the hidden vectors of a stream, all tokens at the same block. The state that
  /// the iteration started from says where its tokens are and what came before them.
  /// - Throws: `CancellationRequested`.
  package let hidden:
    @Sendable (
      _ stream: Matrix, _ model: any LatentModel, _ state: LatentState, _ context: PromptContext,
      _ call: Call
    ) throws -> Matrix  // [tokens, width]

  /// The table, in the order in which they are shown.
  public static let all: [StreamLens] = [.coda, .logit]

  /// The lens of a name; nil where there is none.
  public static func named(_ name: String) -> StreamLens? { all.first { $0.name == name } }
}
