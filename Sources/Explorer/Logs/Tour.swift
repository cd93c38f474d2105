import Checkpoints

/// A log with narration: acts, what is told about them, places where a person goes on, and expectations that
/// what is told is so.
public struct Tour: Sendable {
  /// How it is called where it is typed.
  public let name: String
  /// The log.
  public let log: SessionLog
  /// What the list calls it.
  public let title: String
  /// What it tells of, in a sentence.
  public let about: String
  /// How often something is told.
  let steps: Int

  /// The tours inside the program, in the order in which they are best given.
  public static let all: [Tour] = Checkpoint.embeddedTours().compactMap { file in
    (try? SessionLog(parsing: file.text)).map { Tour(file.name, $0) }
  }

  /// The tour of a name, or of a beginning that no other has.
  public static func named(_ name: String) -> Tour? {
    if let tour = all.first(where: { $0.name == name }) { return tour }
    let begun = all.filter { !name.isEmpty && $0.name.hasPrefix(name) }
    return begun.count == 1 ? begun[0] : nil
  }

  init(_ name: String, _ log: SessionLog) {
    (self.name, self.log) = (name, log)
    title = log.header.title ?? name
    about = log.header.about ?? ""
    steps = Self.told(log).count
  }

  /// What is told, step by step.
  public var narration: [String] { Self.told(log) }

  private static func told(_ log: SessionLog) -> [String] {
    var told: [String] = []
    var words: [String] = []
    for line in log.lines + [.wait] {
      switch line {
      case .tell(let text): words.append(text)
      case .wait where !words.isEmpty:
        told.append(words.joined(separator: " "))
        words = []
      default: break
      }
    }
    return told
  }
}
