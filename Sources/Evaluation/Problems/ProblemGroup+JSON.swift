import Checkpoints
import Tasks

extension ProblemGroup {
  /// As members of a line.
  var members: [JSONMember] {
    [
      JSONMember("task", .string(task)),
      JSONMember("difficulty", difficulty.map { .integer($0) } ?? .null),
      JSONMember("form", form.map { .string($0.rawValue) } ?? .null),
    ]
  }

  /// Out of a line; nil for names this program does not have and for levels that cannot be.
  init?(_ document: JSONValue) {
    guard let task = document["task"]?.string,
      task == ProblemFile.task || ReasoningTask.named(task) != nil
    else { return nil }
    self.init(task: task)
    if let difficulty = document.present("difficulty") {
      guard let level = difficulty.integer, (1...1_000_000).contains(level) else { return nil }
      self.difficulty = level
    }
    if let form = document.present("form") {
      guard let form = form.string.flatMap(AnswerForm.init(rawValue:)) else { return nil }
      self.form = form
    }
  }
}
