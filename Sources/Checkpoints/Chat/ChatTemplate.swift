/// The chat template of a checkpoint.
///
/// Templates are Jinja programs. None are run: the published Huginn template is recognised by what
/// it must contain and rendered by the function below, any other is reported as unsupported.
public struct ChatTemplate: Sendable, Equatable {
  /// One message of a conversation.
  public struct Message: Sendable, Equatable {
    /// Who speaks, such as `system`, `user`, `assistant`.
    public let role: String
    /// What is said.
    public let content: String

    /// Pairs a role with a text.
    public init(role: String, content: String) {
      self.role = role
      self.content = content
    }
  }

  /// Whether a checkpoint has a chat template that can be used.
  public enum State: Sendable, Equatable {
    case absent
    case present(ChatTemplate)
    /// There is one, but it is not rendered here; the text says why.
    case unsupported(String)
  }

  /// The begin-of-text token that precedes the first message.
  public let beginOfText: String

  /// Renders a conversation as text, to be encoded without adding special tokens.
  ///
  /// With `addGenerationPrompt` the text ends where the model is to speak, otherwise with the
  /// end-of-text token.
  public func render(_ messages: [Message], addGenerationPrompt: Bool) -> String {
    var text = messages.isEmpty ? "" : beginOfText
    for message in messages {
      let role = message.role == "assistant" ? "Huginn" : message.role
      text += "<|begin_header|>\(role)<|end_header|>\n\n\(Self.trimmed(message.content))"
      text += "<|end_turn|>"
    }
    return text
      + (addGenerationPrompt ? "<|begin_header|>Huginn<|end_header|>\n\n" : "<|end_text|>")
  }

  /// Without white space at both ends. Works on Unicode scalars: Swift takes "\r\n" and a space
  /// with a combining mark for one character.
  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !ScalarText.isBlank($0) }),
      let last = scalars.lastIndex(where: { !ScalarText.isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }

  /// Looks at `tokenizer_config.json` and a separate template file.
  static func state(settings: JSONValue?, separate: String?) -> State {
    let named = settings?.present("chat_template")
    if let named, named.string == nil, separate == nil {
      return .unsupported("the checkpoint has several chat templates, which is not supported")
    }
    guard let source = separate ?? named?.string else { return .absent }
    let begin = settings?.present("bos_token")
    let beginOfText = begin?.string ?? begin?["content"]?.string
    guard isHuginn(source), let beginOfText else {
      return .unsupported(
        "the chat template is not the one published with Huginn, and no other is supported")
    }
    return .present(ChatTemplate(beginOfText: beginOfText))
  }

  /// The string literals of the published template, newlines unescaped.
  private static let literals: Set<String> = [
    "<|begin_header|>", "content", "<|end_turn|>", "Huginn", "role", "assistant",
    "Huginn<|end_header|>\n\n", "<|end_header|>\n\n", "<|begin_header|>Huginn<|end_header|>\n\n",
    "<|end_text|>",
  ]

  /// Whether a template is the published one: it has its parts in their order, exactly its string
  /// literals, no more statements than it has, and no text outside them.
  private static func isHuginn(_ source: String) -> Bool {
    let parts = [
      "for message in", "'<|begin_header|>'", "message['content']", "trim", "'<|end_turn|>'",
      "loop.index0 == 0", "bos_token", "message['role'] == 'Huginn'",
      "message['role'] == 'assistant'", "'Huginn<|end_header|>", "message['role']",
      "'<|end_header|>", "endfor", "add_generation_prompt",
      "'<|begin_header|>Huginn<|end_header|>", "'<|end_text|>'",
    ]
    // The published one has 737 bytes; the bound keeps the searches below cheap on any input.
    guard source.utf8.count < 4096 else { return false }
    var rest = source[...]
    for part in parts {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    let quoted = source.split(separator: "'", omittingEmptySubsequences: false)
    let found = stride(from: 1, to: quoted.count, by: 2).map {
      String(quoted[$0]).replacing("\\n", with: "\n")
    }
    let outside = source.replacing(/\{%.*?%\}|\{\{.*?\}\}/.dotMatchesNewlines(), with: "")
    return Set(found) == literals && source.ranges(of: "{%").count <= 18
      && source.ranges(of: "{{").count <= 6 && outside.allSatisfy(\.isWhitespace)
  }
}
