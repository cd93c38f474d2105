import Glibc
import ParallelScaling

@testable import Explorer

/// Made-up judges. "wise" likes those who answer 8 at first and prefers others in the end, "fooled" does not change
/// its mind; "coe-r" has one score a copy, and any other name stands for nobody.
extension ScriptedRun {
  static func judged(_ question: JudgeQuestion, _ range: Range<Int>) -> ComputeEvent {
    let isOfSteps = question.judge != "coe-r"
    guard ["judges/wise", "judges/fooled", "coe-r"].contains(question.judge) else {
      return .failed(
        .judging, message: String(describing: JudgeError.unknown(question.judge)))
    }
    let verdicts = range.map { number in
      let steps = scores(
        number, question.ensemble.iterations, isFooled: question.judge == "judges/fooled")
      return isOfSteps ? Verdict(steps: steps) : Verdict(score: steps.last)
    }
    return .judged(
      EnsembleVerdicts(
        question: question, range: range, verdicts: verdicts, isOfSteps: isOfSteps))
  }

  static func beam(_ question: JudgeQuestion) -> EnsembleBeam {
    let last = question.ensemble.iterations
    return EnsembleBeam(
      question: question,
      rollout: Rollout(
        copy: 0, answer: .text("2"), text: "2",
        stepScores: scores(0, last, isFooled: false), iterations: last))
  }

  private static func scores(_ number: Int, _ last: Int, isFooled: Bool) -> [Double] {
    let isOff = number % 10 == 3 || number % 10 == 7
    return (1...last).map { step in
      let share = Double(step) / Double(last)
      let end = isOff != isFooled ? -1.0 : 1.0
      let start = isOff ? 0.8 : -0.2
      return start * (1 - share) + end * share + 0.2 * noise(number + 7, step)
    }
  }
}
