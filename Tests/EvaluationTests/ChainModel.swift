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

  let cacheLayout = CacheLayout(preludeLayers: 0, coreLayers: 1, codaLayers: 0, keyWidth: 1)

  func begin(_ sequences: [[Int]], after memory: Memory?, _ call: Call) throws -> PromptContext {
    var memory = memory
    let places = try facts.place(sequences, in: &memory)
    return PromptContext(
      sequences: sequences, places: places, embedded: Matrix(rows: places.rowCount, columns: 2),
      injection: nil, memory: memory)
  }

  /// A row is an iteration and a token.
  func initialState(
    _ rows: [Matrix?], in context: PromptContext
  ) throws -> LatentState {
    let ids = context.ids
    return context.start(
      Matrix(rows: ids.count, columns: 2, values: ids.flatMap { [0, Float($0)] }))
  }

  func step(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    var rows = state.rows
    for row in 0..<rows.rows { rows[row, 0] += 1 }
    return LatentState(
      rows: rows, places: state.places, iteration: state.iteration + 1, memory: state.memory)
  }

  func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    Decoded(hidden: state.rows, memory: state.memory)
  }

  func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    var logits = Matrix(rows: positions.count, columns: Self.vocabulary)
    for (row, position) in positions.enumerated() {
      let (iteration, token) = (Int(hidden[position, 0]), Int(hidden[position, 1]))
      logits[row, next[token] ?? 0] = 10
      if let first = diverging[token], iteration >= first { logits[row, 7] = .nan }
    }
    return logits
  }

  func normalized(_ rows: Matrix) -> Matrix { rows }

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
