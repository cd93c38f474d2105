import Testing

@testable import Explorer

/// Typing: words, what was cut out, what was typed before.
@Suite struct EditorTests {
  private func editor(_ text: String, _ keys: [Key]) -> LineEditor {
    var editor = LineEditor(text)
    for key in keys {
      let isKnown = editor.press(key)
      #expect(isKnown, "\(key)")
    }
    return editor
  }

  @Test(
    arguments: [
      ([.alt(.character("b"))], "one two-", "three"),
      ([.alt(.left), .alt(.left)], "one ", "two-three"),
      ([.alt(.left), .alt(.left), .alt(.left), .alt(.left)], "", "one two-three"),
      ([.control("a"), .alt(.character("f"))], "one", " two-three"),
      ([.home, .alt(.right), .alt(.right)], "one two", "-three"),
      ([.alt(.backspace)], "one two-", ""), ([.control("w")], "one ", ""),
      ([.control("a"), .alt(.character("d"))], "", " two-three"),
      ([.control("a"), .alt(.character("f")), .control("k")], "one", ""),
      ([.control("w"), .control("a"), .control("y")], "two-three", "one "),
      ([.alt(.left), .control("u"), .control("e"), .control("y")], "threeone two-", ""),
      // One character is no cut.
      ([.control("w"), .backspace, .delete, .control("y")], "onetwo-three", ""),
    ] as [([Key], String, String)])
  func wordsMoveAndAreCut(_ keys: [Key], _ before: String, _ after: String) {
    let line = editor("one two-three", keys)
    #expect(line.beforeCaret == before && line.afterCaret == after)
  }

  @Test func theHistoryHoldsALineOnceAndIsBounded() {
    var history: [String] = []
    for number in 0..<1200 { history = LineEditor.history(history, with: "\(number)") }
    #expect(history.count == LineEditor.mostRemembered && history.first == "200")
    history = LineEditor.history(history, with: "300")
    #expect(history.count == 1000 && history.last == "300" && history.first == "200")
    #expect(LineEditor.history(history, with: "") == history)
  }

  @Test func whatStandsThereAlreadyIsPassedOver() {
    var line = LineEditor("c", history: ["a", "b", "c"])
    _ = line.press(.up)
    #expect(line.text == "b")
    _ = line.press(.down)
    _ = line.press(.down)
    #expect(line.text == "c")
  }

  @Test func theHistoryIsSearched() {
    var line = LineEditor("draft", history: ["Alpha one", "beta", "alpha two", "gamma"])
    _ = line.press(.control("r"))
    for character in "ALP" { _ = line.press(.character(character)) }
    #expect(line.text == "alpha two" && line.search?.query == "ALP")
    _ = line.press(.control("r"))
    #expect(line.text == "Alpha one")
    _ = line.press(.control("r"))
    #expect(line.text == "Alpha one", "the oldest stays")
    _ = line.press(.escape)
    #expect(line.text == "draft" && line.search == nil)
    _ = line.press(.control("r"))
    _ = line.press(.character("b"))
    _ = line.press(.character("z"))
    #expect(line.search?.isFailing == true)
    _ = line.press(.backspace)
    #expect(line.text == "beta" && line.search?.isFailing == false)
    // A key that moves takes what was found and moves there.
    _ = line.press(.home)
    #expect(line.text == "beta" && line.caret == 0 && line.search == nil)
    var empty = LineEditor("x")
    let isKnown = empty.press(.control("r"))
    #expect(!isKnown, "there is nothing to search")
  }

  /// Keys with Alt stay in the editor, whatever they mean there.
  @Test(
    arguments: [
      .alt(.character("b")), .alt(.backspace), .alt(.character("q")), .alt(.up), .alt(.left),
      .control("j"), .alt(.enter), .control("y"), .control("t"), .function(5),
    ] as [Key])
  func noEditingKeyLeavesThePrompt(_ key: Key) {
    var session = Session()
    session.press("/abc def")
    session.press(key)
    session.press("x")
    guard case .prompt(let editor) = session.state.mode else {
      Issue.record("\(key) left the prompt")
      return
    }
    #expect(editor.text.contains("x") && editor.text.contains("abc"))
    #expect(session.effects.isEmpty)
  }

  @Test func escapeAndAKeyAtOnceAreTwoKeysElsewhere() {
    var session = Session()
    session.press("+")
    session.press(.alt(.character("h")))
    #expect(session.state.zoom == nil && session.state.cursor.iteration == 15)
    session.press(.control("j"))
    #expect(session.state.zoom == .inside, "Ctrl-J is Enter where no text is typed")
  }

  @Test func escapeKeepsTheDraft() {
    var session = Session()
    session.press("/")
    session.press(.control("u"))
    session.press("1+2")
    session.press(.alt(.enter))
    session.press("3")
    session.press(.left)
    session.press(.escape)
    #expect(session.state.mode == .normal && session.said.contains("/ goes on"))
    session.press("h/")
    guard case .prompt(let editor) = session.state.mode else {
      Issue.record("no prompt")
      return
    }
    #expect(editor.beforeCaret == "1+2\n" && editor.afterCaret == "3")
    #expect(session.screen.row(23).hasPrefix("prompt> 1+2↵3"))
    session.press(.control("c"))
    session.press("/")
    #expect(session.screen.row(23).hasPrefix("prompt> " + ScriptedRun.prompt))
    session.press(.escape)
    session.press("/")
    session.press(.enter)
    #expect(session.state.promptDraft == nil)
  }

  @Test func promptsAndCommandsAreRememberedApart() {
    var session = Session()
    #expect(session.state.promptHistory == [ScriptedRun.prompt], "the opening prompt is there")
    session.press("/")
    session.press(.control("u"))
    session.press("7+8?")
    session.press(.enter)
    #expect(session.remembered == [.remember(.prompts, "7+8?")])
    session.settle()
    session.press(":goto 1")
    session.press(.enter)
    #expect(session.remembered == [.remember(.commands, "goto 1")])
    session.press(":prompt 1+1?")
    session.press(.enter)
    #expect(session.remembered.contains(.remember(.prompts, "1+1?")))
    session.settle()
    #expect(session.state.promptHistory == [ScriptedRun.prompt, "7+8?", "1+1?"])
    #expect(session.state.commandHistory == ["goto 1", "prompt 1+1?"])
    session.press("/")
    session.press(.control("r"))
    session.press("8")
    #expect(session.screen.row(23).contains("history '8': 7+8?"))
    session.press(.control("r"))
    #expect(session.screen.row(23).contains("history '8': " + ScriptedRun.prompt))
    session.press("q")
    #expect(session.screen.row(23).contains("no line has '8q'"))
    session.press(.escape)
    #expect(session.screen.row(23).contains("prompt> 1+1?"))
  }

  @Test func aPromptOfSeveralLinesIsDrawnInLettersToo() {
    var session = Session(capabilities: .plain)
    session.press("/")
    session.press(.control("u"))
    session.press(.paste("a\nb"))
    #expect(session.screen.row(23).hasPrefix("prompt> a\\nb"))
    #expect(session.screen.text.unicodeScalars.allSatisfy { $0.isASCII })
  }
}
