import TestSupport
import Testing

@testable import Checkpoints

@Suite struct ChatTemplates {
  static func published() throws -> (settings: JSONValue, source: String) {
    let settings = try TokenizerCases.document("raven-tiny-a/tokenizer_config.json")
    return (settings, try #require(settings["chat_template"]?.string))
  }

  @Test func recognisesThePublishedOneOnly() throws {
    let (settings, source) = try Self.published()
    #expect(
      ChatTemplate.state(settings: settings, separate: nil)
        == .present(ChatTemplate(beginOfText: "<|begin_text|>")))
    for changed in [
      "Hello" + source, source + "{{ 'more' }}", source.replacing("'assistant'", with: "'bot'"),
      source.replacing("| trim", with: ""), source.replacing("<|end_text|>", with: ""), "x", "",
      source.replacing("{% endfor %}", with: "{% endfor %}{% set a = 1 %}"),
    ] {
      guard case .unsupported = ChatTemplate.state(settings: settings, separate: changed) else {
        Issue.record("accepted \(changed)")
        continue
      }
    }
    #expect(ChatTemplate.state(settings: nil, separate: nil) == .absent)
    let several = try JSONValue(parsing: #"{"chat_template":[{"name":"a","template":"b"}]}"#)
    guard case .unsupported = ChatTemplate.state(settings: several, separate: nil) else {
      Issue.record("accepted several templates")
      return
    }
  }

  @Test func rendersNothingForNobody() throws {
    let template = ChatTemplate(beginOfText: "<B>")
    #expect(template.render([], addGenerationPrompt: false) == "<|end_text|>")
    let text = template.render(
      [.init(role: "assistant", content: " a\r\n ")], addGenerationPrompt: false)
    #expect(
      text == "<B><|begin_header|>Huginn<|end_header|>\n\na<|end_turn|><|end_text|>")
  }
}
