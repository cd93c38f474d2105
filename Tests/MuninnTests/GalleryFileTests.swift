import Checkpoints
import Tasks
import TestSupport
import Testing

@testable import muninn

@Suite struct GalleryFileTests {
  @Test func everyPromptIsWhatItSays() throws {
    let entries = try Gallery.read(nil, for: Checkpoint.embedded().trainedTasks)
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

  /// What was written of one model is not said of another; an own list is shown as it is.
  @Test func whatToLookForIsOfTheModel() throws {
    for entry in try Gallery.read(nil, for: ["arith"]) {
      #expect(entry.look.isEmpty == (entry.task != nil && entry.task != "arith"), "\(entry.prompt)")
    }
    #expect(try Gallery.read(nil, for: []).allSatisfy(\.look.isEmpty))
    let folder = try TemporaryFolder()
    let own = try folder.write("g.json", #"{"prompts":[{"prompt":"a","task":"x","look":"b"}]}"#)
    #expect(try Gallery.read(own, for: []).map(\.look) == ["b"])
  }

  @Test func theEmbeddedModelKnowsEveryTask() throws {
    #expect(try Checkpoint.embedded().trainedTasks == Set(ReasoningTask.all.map(\.name)))
    #expect(try Checkpoint.open(Fixtures.path("raven-tiny-a")).trainedTasks.isEmpty)
  }

  @Test(arguments: [
    ("{}", "no list"), (#"{"prompts":[{"look":"x"}]}"#, "Entry 1"), ("[", "not valid JSON"),
    (#"{"prompts":[{"prompt":"a"},{"prompt":""}]}"#, "Entry 2"),
  ]) func whatIsNoGalleryIsSaid(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("g.json", text)
    #expect {
      try Gallery.read(file, for: [])
    } throws: { error in
      "\(error)".contains(words)
    }
  }
}
