import LatentModels
import Trajectories

/// A run that is asked for: a prompt and where it starts.
public enum Beginning: Sendable, Equatable {
  /// As a person gives it: text is tokenised, and the usual start becomes what it comes to.
  case source(PromptSource, Start)
  /// As a tree has it.
  case prompt(PromptCause)
}

extension Workbench {
  /// How many tokens a beginning has.
  /// - Throws: what the tokenizer throws.
  public func tokenCount(_ beginning: Beginning) throws -> Int { try cause(beginning).ids.count }

  /// What a beginning comes to: token ids, and a start that is not the usual one.
  func cause(_ beginning: Beginning) throws -> PromptCause {
    switch beginning {
    case .source(.text(let text), let start):
      PromptCause(text: text, ids: try codec.encode(text), start: resolved(start))
    case .source(.ids(let ids), let start):
      PromptCause(text: nil, ids: ids, start: resolved(start))
    case .prompt(let cause): cause.starting(resolved(cause.start))
    }
  }
}
