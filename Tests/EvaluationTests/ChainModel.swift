import Checkpoints
import Tensors
import TestSupport

@testable import Evaluation
@testable import LatentModels

/// A model whose next token depends on the last one alone, as a table says: for tests of what an
/// evaluation makes of tokens and of numbers that are none.
struct ChainModel: LatentModel {
  var next: [Int: Int] = [:]
  /// From which iteration on the logits after a token are NaN.
  var diverging: [Int: Int] = [:]

  static let vocabulary = 342
  let facts = ModelFacts(
    family: "chain", layers: .init(core: 1), width: 2, heads: 1, vocabularySize: vocabulary,
    maximumTokens: 64, defaultIterations: 4, parameters: 0, packedBytes: 0)

  func begin(_ ids: [Int], control: StepControl) throws -> PromptContext {
    guard ids.count <= facts.maximumTokens else {
      throw ModelError.promptTooLong(tokens: ids.count, maximum: facts.maximumTokens)
    }
    return PromptContext(
      ids: ids, embedded: Matrix(rows: ids.count, columns: 2), injection: nil)
  }

  /// A row is an iteration and a token.
  func initialState(_ start: InitialState, in context: PromptContext) throws -> Matrix {
    Matrix(rows: context.ids.count, columns: 2, values: context.ids.flatMap { [0, Float($0)] })
  }

  func step(_ state: Matrix, in context: PromptContext, control: StepControl) throws -> Matrix {
    var state = state
    for row in 0..<state.rows { state[row, 0] += 1 }
    return state
  }

  func decode(_ state: Matrix, in context: PromptContext, control: StepControl) throws -> Matrix {
    state
  }

  func logits(_ decoded: Matrix, positions: Range<Int>) -> Matrix {
    var logits = Matrix(rows: positions.count, columns: Self.vocabulary)
    for (row, position) in positions.enumerated() {
      let (iteration, token) = (Int(decoded[position, 0]), Int(decoded[position, 1]))
      logits[row, next[token] ?? 0] = 10
      if let first = diverging[token], iteration >= first { logits[row, 7] = .nan }
    }
    return logits
  }

  func normalized(_ state: Matrix) -> Matrix { state }

  /// Behind a tokenizer in the manner of SentencePiece.
  func evaluated() throws -> EvaluationModel {
    EvaluationModel(
      model: self, tokenizer: try Self.tokenizer(), stops: [],
      cost: ComputeCost(try ModelPlan(Checkpoint.embedded())))
  }

  static func tokenizer() throws -> Tokenizer {
    try Tokenizer.open(Fixtures.path("tokenizers-tiny/sentencepiece-answers.json"))
  }
}
