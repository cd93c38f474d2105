import CKernels
import Tensors

/// A loss over the scores that a judge gives to the steps of several candidates a question.
public protocol StepLoss: Sendable {
  /// The sum that is divided by `divisor`, and its derivative by every score.
  /// - Precondition: both tables have the same size.
  func sum(_ scores: StepTable, labels: StepTable) -> (value: Double, gradient: StepTable)

  /// What the sum over a table of such sizes is divided by; additive in the questions.
  func divisor(_ table: StepTable) -> Double
}

extension StepLoss {
  /// The loss and its derivative by every score.
  /// - Precondition: both tables have the same size.
  public func value(
    _ scores: StepTable, labels: StepTable
  ) -> (value: Double, gradient: StepTable) {
    var (value, gradient) = sum(scores, labels: labels)
    let divisor = max(divisor(scores), .leastNormalMagnitude)
    for index in gradient.values.indices { gradient.values[index] /= divisor }
    return (value / divisor, gradient)
  }
}

/// The share of some questions in a loss over steps, on a tape whose head gives one score a place.
struct StepScores<Judged: StepLoss>: Loss {
  let loss: Judged
  let labels: StepTable
  /// Where the score of each step lies, in the order of the table.
  let places: [Int]  // [questions, candidates, steps]
  /// What the sum over the whole batch is divided by.
  let divisor: Double

  func evaluate(
    _ predictions: BufferView, into gradient: BufferView, _ kernels: muninn_kernel_table
  ) -> Double {
    precondition(predictions.columns == 1, "a judge gives one score a place")
    precondition(places.count == labels.values.count, "a place for every label")
    var scores = StepTable(like: labels)
    for (index, place) in places.enumerated() {
      scores.values[index] = Double(predictions.pointer[place * predictions.stride])
    }
    let (value, slopes) = loss.sum(scores, labels: labels)
    for place in 0..<gradient.rows { gradient.pointer[place * gradient.stride] = 0 }
    for (index, place) in places.enumerated() {
      gradient.pointer[place * gradient.stride] = Float(slopes.values[index] / divisor)
    }
    return value
  }
}
