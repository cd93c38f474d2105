import LatentModels

/// What made a node of the tree. With the causes before it, everything needed to have the same bits
/// again; nothing that does not change them.
///
/// One that begins a text has no place it leaves from; one that goes on leaves its parent at an
/// iteration. A token goes on behind the text; an edit and a copy are other runs of the same tokens,
/// which stand in the place of their parent.
public enum Cause: Sendable, Hashable {
  case prompt(PromptCause)
  case token(TokenCause)
  case edit(EditCause)
  case copy(CopyCause)

  /// Token ids that it adds to the text.
  public var ids: [Int] {
    switch self {
    case .prompt(let prompt): prompt.ids
    case .token(let token): [token.id]
    case .edit, .copy: []
    }
  }

  /// Whether it begins a text.
  public var isRoot: Bool {
    if case .prompt = self { true } else { false }
  }

  /// Whether it goes on behind the text.
  var isToken: Bool {
    if case .token = self { true } else { false }
  }

  /// Whether it makes another run of the tokens that its parent ran.
  public var isRerun: Bool { firstIteration != nil }

  /// Where another run of the same tokens leaves its parent: the first iteration that may differ; nil of
  /// what is none.
  public var firstIteration: Int? {
    switch self {
    case .prompt, .token: nil
    case .edit(let cause): cause.edit.target.firstIteration
    case .copy: 0
    }
  }

  /// Whether it can leave its parent at an iteration.
  func canLeave(at iteration: Int) -> Bool {
    switch self {
    case .prompt: false
    case .token: iteration >= 0
    case .edit, .copy: iteration == firstIteration
    }
  }
}

/// A prompt and where its run starts. Two are the same when they run the same tokens from the same
/// start, however they were typed.
public struct PromptCause: Codable, Sendable, Hashable {
  /// As typed; nil when it was given as token ids, or a token of it was changed.
  public var text: String?
  /// Its tokens; what is run.
  public var ids: [Int]
  public var start: Start
  /// Which model ran it, in words, where that is another than the one at hand: such a run came from a file,
  /// and nothing more of it is computed. nil for the model at hand.
  public var model: String?

  public init(text: String?, ids: [Int], start: Start, model: String? = nil) {
    self.text = text
    self.ids = ids
    self.start = start
    self.model = model
  }

  public static func == (a: PromptCause, b: PromptCause) -> Bool {
    a.ids == b.ids && a.start == b.start && a.model == b.model
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(ids)
    hasher.combine(start)
    hasher.combine(model)
  }

  /// The same tokens from elsewhere.
  public func starting(_ start: Start) -> PromptCause {
    PromptCause(text: text, ids: ids, start: start, model: model)
  }

  /// The same with another token at a position.
  public func replacing(_ position: Int, by id: Int) -> PromptCause {
    var ids = ids
    ids[position] = id
    return PromptCause(text: nil, ids: ids, start: start, model: model)
  }

  /// The same run by the model at hand.
  public var here: PromptCause { PromptCause(text: text, ids: ids, start: start) }
}

/// A token after a text, and how it was chosen.
public struct TokenCause: Codable, Sendable, Hashable {
  public let id: Int
  /// How it was read out of what the model said; nil: chosen by hand.
  public let sampling: Sampling?

  /// - Parameter sampling: how it was read out; nil: chosen by hand.
  public init(id: Int, sampling: Sampling?) {
    self.id = id
    guard let sampling, sampling.temperature == nil else {
      self.sampling = sampling
      return
    }
    // Without a draw neither seed nor filters change anything, so they make no other cause.
    var greedy = Sampling()
    greedy.repetitionPenalty = sampling.repetitionPenalty
    self.sampling = greedy
  }
}

extension Cause: Codable {
  private enum Keys: String, CodingKey {
    case prompt
    case token
    case edit
    case copy
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    switch fields.allKeys.first {
    case .prompt where fields.allKeys.count == 1:
      self = .prompt(try fields.decode(PromptCause.self, forKey: .prompt))
    case .token where fields.allKeys.count == 1:
      self = .token(try fields.decode(TokenCause.self, forKey: .token))
    case .edit where fields.allKeys.count == 1:
      self = .edit(try fields.decode(EditCause.self, forKey: .edit))
    case .copy where fields.allKeys.count == 1:
      self = .copy(try fields.decode(CopyCause.self, forKey: .copy))
    default:
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "a cause is a prompt, a token, an edit or a copy"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    switch self {
    case .prompt(let prompt): try fields.encode(prompt, forKey: .prompt)
    case .token(let token): try fields.encode(token, forKey: .token)
    case .edit(let edit): try fields.encode(edit, forKey: .edit)
    case .copy(let copy): try fields.encode(copy, forKey: .copy)
    }
  }
}

extension Sampling: Hashable {
  public func hash(into hasher: inout Hasher) { hasher.combine(words) }
}

/// In the words in which it is typed: `temperature=0.8 seed=3`.
extension Sampling: Codable {
  public init(from decoder: any Decoder) throws {
    let words = try decoder.singleValueContainer().decode(String.self)
    do {
      try self.init(parsing: words)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(words)
  }
}
