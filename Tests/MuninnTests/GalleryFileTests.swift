import Tasks
import TestSupport
import Testing

@testable import muninn

@Suite struct GalleryFileTests {
  @Test func everyPromptIsWhatItSays() throws {
    let entries = try Gallery.read(nil)
    #expect(entries.count >= 20)
    for entry in entries {
      let found = ReasoningTask.recognize(entry.prompt)
      #expect(found?.task.name == entry.task, "\(entry.prompt)")
      #expect(found?.problem.difficulty == entry.difficulty, "\(entry.prompt)")
      #expect(!entry.look.isEmpty && entry.prompt.utf8.count <= 46, "\(entry.prompt)")
    }
    #expect(Set(entries.map(\.prompt)).count == entries.count)
    #expect(Set(entries.compactMap(\.task)) == Set(ReasoningTask.all.map(\.name)))
  }

  @Test(arguments: [
    ("{}", "no list"), (#"{"prompts":[{"look":"x"}]}"#, "Entry 1"), ("[", "not valid JSON"),
    (#"{"prompts":[{"prompt":"a"},{"prompt":""}]}"#, "Entry 2"),
  ]) func whatIsNoGalleryIsSaid(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("g.json", text)
    #expect {
      try Gallery.read(file)
    } throws: { error in
      "\(error)".contains(words)
    }
  }
}
