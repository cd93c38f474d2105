import LatentModels
import Tasks

/// A problem as a model of thoughts is trained on it, tokens being bytes and three of its own:
///
///     3+4*2?⏎ <|start-latent|> (thoughts) <|end-latent|> 74### 4⏎
///
/// Steps that thoughts do not stand for are written out, one byte each, so that a thought in place of a
/// step moves nothing after it but the token that ends thoughts. The answer stands where the published
/// format of COCONUT has it.
struct ThoughtText {
  /// Ends with the token that begins thoughts.
  let question: [Int32]
  /// Begins with the token that ends them; the line's end ends it.
  let rest: [Int32]

  /// The tokens around thoughts, behind the bytes in the order in which COCONUT adds them.
  static let tokens = ThoughtTokens(start: 256, latent: 258, end: 257)
  /// Bytes and the three.
  static let vocabulary = 259
  private static let mark = "### "
  private static let newline: Int32 = 10

  /// - Parameter replaced: how many of the first steps are thought.
  init(_ problem: Problem, replaced: Int) {
    let format = ThoughtFormat.coconut
    question = format.prompt(problem.prompt).utf8.map(Int32.init) + [Self.id(Self.tokens.start)]
    let written =
      problem.steps.dropFirst(replaced).joined() + Self.mark + problem.answer
    rest = [Self.id(Self.tokens.end)] + written.utf8.map(Int32.init) + [Self.newline]
  }

  private static func id(_ token: Int?) -> Int32 { Int32(token ?? 0) }

  /// Question and what follows; thoughts come between.
  var tokens: [Int32] { question + rest }

  /// The tokens that the model has to find, and the places of `tokens` whose predictions they are.
  var wanted: (tokens: [Int32], places: Range<Int>) {
    (Array(rest.dropFirst()), question.count..<question.count + rest.count - 1)
  }

  /// A question alone, as it is asked.
  static func question(_ text: String) -> [Int32] {
    ThoughtFormat.coconut.prompt(text).utf8.map(Int32.init) + [id(tokens.start)]
  }

  /// Tokens of the longest problem of a difficulty, without thoughts.
  static func longest(_ task: ReasoningTask, difficulty: Int, replaced: Int) -> Int {
    // A line's end, three tokens around thoughts and answer, the mark, and what is written.
    let written = max(0, task.longestSteps(difficulty) - replaced)
    return task.longest(difficulty, .latent) + 4 + mark.utf8.count + written
  }
}

extension ThoughtTokens {
  /// What a token of a trained model reads: a byte, or one of those around thoughts.
  public static func text(ofTrained token: Int) -> [UInt8] {
    let ids = [ThoughtText.tokens.start, ThoughtText.tokens.latent, ThoughtText.tokens.end]
    if let index = ids.firstIndex(of: token) { return Array(texts[index].utf8) }
    return [UInt8(truncatingIfNeeded: token)]
  }
}
