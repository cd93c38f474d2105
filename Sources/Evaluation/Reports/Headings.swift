import Checkpoints
import Tasks

/// Groups that share a table: one task asked in one form.
struct TablePart {
  let title: String
  /// What difficulty counts; nil where there is none.
  let unit: String?
  let groups: [ProblemGroup]

  /// The parts of a table of these groups, in order.
  static func all(_ groups: [ProblemGroup]) -> [TablePart] {
    var parts: [(task: String, form: AnswerForm?, groups: [ProblemGroup])] = []
    for group in groups {
      if let place = parts.firstIndex(where: { $0.task == group.task && $0.form == group.form }) {
        parts[place].groups.append(group)
      } else {
        parts.append((group.task, group.form, [group]))
      }
    }
    return parts.map { part in
      guard let task = ReasoningTask.named(part.task), let form = part.form else {
        return TablePart(title: DisplayText.escape(part.task), unit: nil, groups: part.groups)
      }
      let written = form == .verbal ? ", steps written out" : ""
      return TablePart(
        title: "\(task.name): \(task.title)\(written)", unit: task.unit, groups: part.groups)
    }
  }

  /// How a group is called beside its neighbours.
  static func level(_ group: ProblemGroup) -> String { group.difficulty.map(String.init) ?? "all" }
}
