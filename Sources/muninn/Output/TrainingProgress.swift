import Checkpoints
import Foundation
import Training

/// Shows how a training run goes on: one line that is drawn again on a terminal, a line for each
/// record elsewhere.
struct TrainingProgress {
  let recipe: TrainingRecipe
  /// Whether one line is drawn again and again.
  let isLive: Bool
  private var record: ProgressRecord?
  private var accuracy: (table: AccuracyTable, step: Int)?
  private var pace = TrainingPace()
  private var lastDrawn = ContinuousClock.Instant.now - .seconds(1)

  init(recipe: TrainingRecipe, isLive: Bool) {
    self.recipe = recipe
    self.isLive = isLive
  }

  mutating func take(_ event: TrainingRun.Event) {
    switch event {
    case .step(let report, let seconds):
      let stage = recipe.stages[report.stage]
      pace.add(seconds: seconds, tokens: stage.rows * stage.length)
      guard isLive, .now - lastDrawn > .milliseconds(100) else { return }
      lastDrawn = .now
      draw(line(step: report.step, loss: record?.loss ?? report.loss, stage: stage.name))
    case .record(let record):
      self.record = record
      if let table = record.accuracy { accuracy = (table, record.step) }
      if !isLive {
        StandardOutput.offer(
          DisplayText.escape(line(step: record.step, loss: record.loss, stage: record.stage)) + "\n"
        )
      }
    case .saved: break
    }
  }

  /// Leaves the line as it is and goes to the next.
  func finish() { if isLive { StandardOutput.offer("\n") } }

  private func draw(_ line: String) {
    var size = winsize()
    let columns = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 80
    StandardOutput.offer("\r\u{1B}[K" + DisplayText.escape(line).prefix(max(20, columns - 1)))
  }

  private func line(step: Int, loss: Double, stage: String) -> String {
    let share = Double(step) / Double(max(1, recipe.steps))
    let width = 12
    let full = Int(share * Double(width))
    let bar =
      isLive
      ? String(repeating: "━", count: full) + String(repeating: "─", count: width - full) + " " : ""
    var parts = [
      "\(DisplayText.escape(stage)) \(bar)\(step)/\(recipe.steps)",
      String(format: "loss %.3f", loss),
    ]
    if let accuracy {
      let shares = zip(accuracy.table.readouts, accuracy.table.means).map {
        "r\($0) " + String(format: "%.2f", $1)
      }
      // Limits may have risen since.
      let age = accuracy.step == record?.step ? "" : " at step \(accuracy.step)"
      parts.append(shares.joined(separator: " ") + age)
    }
    parts.append(String(format: "%.1f k tokens/s", pace.tokensPerSecond / 1000))
    parts.append("ETA " + Self.time(Double(recipe.steps - step) * pace.secondsPerStep))
    let limits = (record?.limits ?? [:]).sorted { $0.key < $1.key }
    if !limits.isEmpty {
      parts.append(limits.map { "\($0.key) \($0.value)" }.joined(separator: " "))
    }
    return parts.joined(separator: "  ")
  }

  /// 4000 → `1 h 07 min`
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return "…" }
    let minutes = Int((seconds / 60).rounded(.up))
    if seconds < 60 { return "\(Int(seconds.rounded(.up))) s" }
    return minutes < 60
      ? "\(minutes) min" : "\(minutes / 60) h " + String(format: "%02d min", minutes % 60)
  }
}
