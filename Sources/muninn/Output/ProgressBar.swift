import Foundation
import Glibc

/// How far something has come, on one line of standard error; nothing where that is no terminal.
struct ProgressBar {
  private let total: Int
  /// What is counted: `problems`.
  private let unit: String
  private let isShown: Bool
  private let clock = ContinuousClock()
  private let begun: ContinuousClock.Instant
  /// Done before this run, which says nothing about its rate.
  private let before: Int
  private var shown: ContinuousClock.Instant?

  init(total: Int, before: Int, unit: String, isShown: Bool = isatty(STDERR_FILENO) == 1) {
    (self.total, self.before, self.unit) = (total, before, unit)
    self.isShown = isShown
    begun = clock.now
  }

  /// Shows how many are done, ten times a second at most.
  mutating func show(_ done: Int) {
    guard isShown else { return }
    let now = clock.now
    if let shown, now - shown < .milliseconds(100), done < total { return }
    shown = now
    write("\r" + Self.line(done: done, of: total, before: before, unit: unit, after: now - begun))
  }

  /// Takes the line away.
  func clear() {
    if isShown, shown != nil { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    StandardError.put(text)
  }

  /// `[####------] 40/100 problems  12.3/s  0:05 left`
  static func line(
    done: Int, of total: Int, before: Int, unit: String, after time: Duration
  ) -> String {
    let width = 24
    let filled = total > 0 ? width * done / total : width
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    let seconds = time / .seconds(1)
    let rate = seconds > 0 ? Double(done - before) / seconds : 0
    var text = "[\(bar)] \(done)/\(total) \(unit)"
    if rate > 0 {
      let left = Int((Double(total - done) / rate).rounded(.up))
      let minutes = String(format: "%d:%02d", left / 60, left % 60)
      text += String(format: "  %.1f/s  ", rate) + "\(minutes) left"
    }
    return text + "\u{1B}[K"
  }
}
