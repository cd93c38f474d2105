import Checkpoints
import LatentModels
import Tensors
import Trajectories

/// Text in, tokens out, and back: what a workbench needs of a tokenizer.
public struct TextCodec: Sendable {
  /// Token ids of a prompt, begin-of-text included where the model wants one.
  public let encode: @Sendable (String) throws -> [Int]
  /// Token ids of a prompt and of the answer behind it, see `Tokenizer.encode(prompt:answer:)`.
  public let encodeAnswer: @Sendable (_ prompt: String, _ answer: String) throws -> Continuation
  /// A token as a person sees it.
  public let token: @Sendable (Int) -> Token
  /// The text a token stands for by itself, unescaped; broken UTF-8 becomes U+FFFD. The text of
  /// several tokens is not these joined: take `text` or `stream`.
  public let decode: @Sendable (Int) -> String
  /// The text of tokens that come one by one behind others.
  public let stream: @Sendable (_ context: [Int]) -> TextStream
  /// The bytes a token stands for in the middle of a text; nil where there is no tokenizer.
  public let bytes: @Sendable (Int) -> [UInt8]?

  public init(
    encode: @escaping @Sendable (String) throws -> [Int],
    encodeAnswer: @escaping @Sendable (String, String) throws -> Continuation,
    token: @escaping @Sendable (Int) -> Token,
    decode: @escaping @Sendable (Int) -> String,
    stream: @escaping @Sendable ([Int]) -> TextStream,
    bytes: @escaping @Sendable (Int) -> [UInt8]? = { _ in nil }
  ) {
    self.encode = encode
    self.encodeAnswer = encodeAnswer
    self.token = token
    self.decode = decode
    self.stream = stream
    self.bytes = bytes
  }

  /// The text of tokens behind others, such as what a model wrote behind a prompt.
  public func text(_ ids: [Int], after context: [Int]) -> String {
    var stream = stream(context)
    return ids.reduce(into: "") { $0 += stream.take($1) } + stream.finish()
  }

  /// The texts of the tokens of a text, which joined are all of it: a letter whose bytes lie in
  /// several tokens is the text of the last of them.
  public func texts(_ ids: [Int]) -> [String] {
    var stream = stream([])
    var texts = ids.map { stream.take($0) }
    if let last = texts.indices.last { texts[last] += stream.finish() }
    return texts
  }

  /// The bytes of a token that stands for no whole letters, such as a part of one; nil for all others.
  public func partialBytes(_ id: Int) -> [UInt8]? {
    guard let bytes = bytes(id), String(validating: bytes, as: UTF8.self) == nil else { return nil }
    return bytes
  }

  /// For a model without a readable tokenizer: ids in, `#id` out.
  /// - Parameter problem: why there is none, as a sentence.
  public static func idsOnly(problem: String) -> TextCodec {
    TextCodec(
      encode: { _ in throw NoTokenizer(problem: problem) },
      encodeAnswer: { _, _ in throw NoTokenizer(problem: problem) },
      token: { Token(id: $0, text: "#\($0)", isSpecial: false) }, decode: { "#\($0)" },
      stream: { _ in TextStream { "#\($0) " } })
  }
}

/// A prompt was given as text to a model whose tokenizer cannot be read.
public struct NoTokenizer: Error, CustomStringConvertible {
  public let problem: String
  public var description: String { "\(problem) Give the prompt as token ids (--prompt-ids 1,2,3)." }
}

/// A model with its words: everything needed to turn a prompt into a trajectory.
public struct Workbench: Sendable {
  public let model: any LatentModel
  public let summary: ModelSummary
  public let codec: TextCodec
  /// The same words, one by one.
  public let vocabulary: Vocabulary
  /// The table that `Start.given` means.
  public let givenState: Matrix?  // [positions, width]
  /// Tables that `Start.given` means by their labels, before that one.
  public var givenStates: [String: Matrix] = [:]  // of [positions, width]
  /// How the usual start is drawn, where it is drawn from a seed.
  public let seedForm: SeedForm
  /// Tokens that end a text.
  public let stopTokens: Set<Int>
  /// What is wrong with the model's files by now, such as a change under the program; nil when
  /// nothing is.
  public let trouble: @Sendable () -> String?

  public init(
    model: any LatentModel, summary: ModelSummary, codec: TextCodec, givenState: Matrix? = nil,
    seedForm: SeedForm = SeedForm(), stopTokens: Set<Int> = [],
    trouble: @escaping @Sendable () -> String? = { nil }
  ) {
    self.model = model
    self.summary = summary
    self.codec = codec
    vocabulary = Vocabulary(count: model.facts.vocabularySize, token: codec.token)
    self.givenState = givenState
    self.seedForm = seedForm
    self.stopTokens = stopTokens
    self.trouble = trouble
  }

  /// What a start comes to: never the usual one.
  public func resolved(_ start: Start) -> Start {
    start.resolved(model.facts.usualStart.drawn(as: seedForm))
  }

  /// The states that tokens start from whose text starts so.
  /// - Throws: as `StartStream`.
  public func stream(_ start: Start) throws -> StartStream {
    let start = resolved(start)
    var table = givenState
    if case .given(let label) = start { table = self.table(of: label) }
    return try StartStream(start, facts: model.facts, given: table)
  }

  /// The table that a start of this label means; nil where there is none.  // [positions, width]
  public func table(of label: String) -> Matrix? { givenStates[label] ?? givenState }
}
