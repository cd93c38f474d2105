import Checkpoints

/// Compares a tokenizer and chat template with the recorded cases of a reference.
public struct TokenizerVerifier {
  private let checkpoint: Checkpoint
  private let reference: ReferenceCase

  public init(_ checkpoint: Checkpoint, reference: ReferenceCase) {
    self.checkpoint = checkpoint
    self.reference = reference
  }

  /// Adds one entry per kind of case to the ledger.
  public func run(into ledger: inout ErrorLedger) {
    let cases = reference.json["tokenizer_cases"]?.array ?? []
    let chats = reference.json["chat_template_cases"]?.array ?? []
    let prompts = (reference.json["prompts"]?.array ?? []).filter {
      $0["text"]?.string != nil && $0.integers("ids") != nil
    }
    if cases.isEmpty { ledger.skip("tokenizer cases", why: "the reference has none") }
    if chats.isEmpty { ledger.skip("chat template cases", why: "the reference has none") }
    guard !cases.isEmpty || !chats.isEmpty || !prompts.isEmpty else { return }
    switch checkpoint.tokenizer {
    case .present(let tokenizer):
      for (index, item) in cases.enumerated() { compare(tokenizer, item, index, &ledger) }
      for (index, item) in chats.enumerated() { compareChat(tokenizer, item, index, &ledger) }
      for item in prompts { comparePrompt(tokenizer, item, &ledger) }
    case .missing:
      ledger.skip("tokenizer cases", why: "the model has no tokenizer.json")
    case .unreadable(let error):
      ledger.expect(false, family: "tokenizer.ids", iteration: nil, place: error.description)
    }
  }

  private func compare(
    _ tokenizer: Tokenizer, _ item: JSONValue, _ index: Int, _ ledger: inout ErrorLedger
  ) {
    guard let text = item["text"]?.string else { return }
    func expect(_ isEqual: Bool, _ what: String) {
      ledger.expect(isEqual, family: "tokenizer.\(what)", iteration: nil, place: "case \(index)")
    }
    guard let ids = encode(text, with: tokenizer, "case \(index)", &ledger) else { return }
    if let wanted = item.integers("ids") { expect(ids == wanted, "ids") }
    if let wanted = item.integers("ids_with_bos") {
      let marked = encode(
        text, with: tokenizer, addSpecialTokens: true, "case \(index)", &ledger)
      expect(marked == wanted, "ids_with_bos")
    }
    if let pieces = item["pieces"]?.array?.compactMap(\.string) {
      expect(ids.map(tokenizer.piece) == pieces, "pieces")
    }
    if let wanted = item["decoded_skip_special"]?.string {
      expect(tokenizer.decode(ids, skipSpecialTokens: true).isSame(wanted), "decoded_skip_special")
    }
    if let wanted = item["decoded_keep_special"]?.string {
      expect(tokenizer.decode(ids, skipSpecialTokens: false).isSame(wanted), "decoded_keep_special")
    }
  }

  /// The ids a prompt was run with, made from its text.
  private func comparePrompt(
    _ tokenizer: Tokenizer, _ item: JSONValue, _ ledger: inout ErrorLedger
  ) {
    guard let text = item["text"]?.string else { return }
    let place = item["name"]?.string ?? ""
    let ids = encode(
      text, with: tokenizer, addSpecialTokens: item["add_bos"]?.bool ?? false, place, &ledger)
    ledger.expect(
      ids == item.integers("ids"), family: "tokenizer.prompt_ids", iteration: nil, place: place)
  }

  /// The ids of a text; nil, and an entry in the ledger, where the tokenizer gives up.
  private func encode(
    _ text: String, with tokenizer: Tokenizer, addSpecialTokens: Bool = false, _ place: String,
    _ ledger: inout ErrorLedger
  ) -> [Int]? {
    do throws(CheckpointError) {
      return try tokenizer.encode(text, addSpecialTokens: addSpecialTokens)
    } catch {
      ledger.expect(
        false, family: "tokenizer.ids", iteration: nil, place: "\(place): \(error.description)")
      return nil
    }
  }

  private func compareChat(
    _ tokenizer: Tokenizer, _ item: JSONValue, _ index: Int, _ ledger: inout ErrorLedger
  ) {
    guard case .present(let template) = checkpoint.chatTemplate else {
      return ledger.expect(
        false, family: "chat.text", iteration: nil, place: "\(checkpoint.chatTemplate)")
    }
    let messages = (item["messages"]?.array ?? []).map {
      ChatTemplate.Message(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
    }
    let text = template.render(
      messages, addGenerationPrompt: item["add_generation_prompt"]?.bool ?? false)
    let place = "case \(index)"
    let ids = encode(text, with: tokenizer, place, &ledger)
    if let wanted = item["text"]?.string {
      ledger.expect(text.isSame(wanted), family: "chat.text", iteration: nil, place: place)
    }
    if let wanted = item.integers("ids") {
      ledger.expect(ids == wanted, family: "chat.ids", iteration: nil, place: place)
    }
  }
}

extension JSONValue {
  fileprivate func integers(_ name: String) -> [Int]? { self[name]?.array?.compactMap(\.integer) }
}

extension String {
  /// Equal code point by code point: Swift's own equality takes é and e + ´ for one.
  fileprivate func isSame(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
