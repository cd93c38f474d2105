import Glibc
import ParallelScaling
import Tensors
import Trajectories

@testable import Explorer

/// A made-up ensemble: copies 3 and 7 of every ten answer 8, every ninth nothing that is a digit, all others 2;
/// the more, the stronger the noise.
extension ScriptedRun {
  static func chunk(_ question: EnsembleQuestion, _ range: Range<Int>) -> EnsembleChunk {
    var strength: Float = 0.3
    if case .perturbed(_, let own, _) = question.way { strength = own }
    let plain = copy(0, question, strength: 0)
    return EnsembleChunk(
      question: question, range: range,
      copies: range.map { copy($0, question, strength: strength) }, plain: plain,
      explainedVarianceRatio: [0.71, 0.18],
      spread: (0...question.iterations).map { iteration in
        range.upperBound < 2
          ? nil
          : RunningSpread.Moment(
            drift: 0.1 * Double(strength) * Double(iteration), dispersion: 0.5 * Double(strength),
            size: 8, count: range.upperBound)
      },
      pairs: (0...question.iterations).map { iteration in
        CopySpread(
          Matrix(
            rows: range.upperBound, columns: 2,
            values: (0..<range.upperBound).flatMap {
              copy($0, question, strength: strength).points[iteration].map { $0 + 8 }
            }),
          plain: plain.points[iteration].map { $0 + 8 }[...])
      },
      pairedCopies: range.upperBound, level: strength)
  }

  private static func copy(
    _ number: Int, _ question: EnsembleQuestion, strength: Float
  ) -> EnsembleCopy {
    let last = question.iterations
    let isOff = strength > 0 && (number % 10 == 3 || number % 10 == 7)
    let isLost = strength > 0.4 && number % 9 == 5
    let text = isLost ? "" : isOff ? "8" : "2"
    let late = 4 + number % 5
    let said: [Int?] = (0...last).map { iteration in
      isLost && iteration == last ? nil : Int(iteration < late ? 56 : isOff ? 56 : 50)
    }
    let points: [[Float]] = (0...last).map { iteration in
      let share = Float(iteration) / Float(max(1, last))
      let end: Float = isOff ? 3 : -3
      let x: Float = 6 - 9 * share + strength * 3 * Float(noise(number, iteration))
      let y: Float = end * share * share + strength * 3 * Float(noise(number + 40, iteration))
      return [x, y]
    }
    return EnsembleCopy(
      rollout: Rollout(
        copy: number, answer: isLost ? nil : .text(text), text: text, iterations: last,
        residuals: (0..<last).map { 1 / Double(1 + $0) }, entropy: isOff ? 0.62 : 0.041),
      said: said, points: points)
  }
}
