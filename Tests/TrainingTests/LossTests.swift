import LatentModels
import Tensors
import Testing

@testable import Training

/// Losses over the scores of steps: their derivatives against differences, and what they ignore. Their
/// values are held against the reference where everything of that folder is.
@Suite struct LossTests {
  private static let losses: [any StepLoss] =
    ContrastiveLoss.Labels.allCases.flatMap { labels in
      [ContrastiveLoss.Reduction.questions, .steps, .padded(length: 11)].map {
        ContrastiveLoss(labels: labels, reduction: $0)
      }
    } + [BinaryLoss()]

  private static func table(seed: UInt64, _ change: (Float) -> Double) -> StepTable {
    var numbers = Numbers(seed: seed)
    return StepTable(
      questions: 2, candidates: 4, steps: 3, values: numbers.floats(24, scale: 3).map(change))
  }

  private static let scores = table(seed: 4) { Double($0) }
  /// Shares of eight, the last step of the second question all zero.
  private static var labels: StepTable {
    var labels = table(seed: 9) { Double(Int(($0 + 3) / 6 * 9)) / 8 }
    for candidate in 0..<4 { labels[1, candidate, 2] = 0 }
    return labels
  }

  @Test(arguments: losses.indices) func derivativesAgreeWithDifferences(index: Int) {
    let loss = Self.losses[index]
    let found = loss.value(Self.scores, labels: Self.labels).gradient
    for place in found.values.indices {
      var (above, below) = (Self.scores, Self.scores)
      above.values[place] += 1e-5
      below.values[place] -= 1e-5
      let difference =
        loss.value(above, labels: Self.labels).value - loss.value(below, labels: Self.labels).value
      #expect(abs(found.values[place] - difference / 2e-5) < 1e-8, "\(loss), place \(place)")
    }
  }

  /// Only what candidates are beside each other counts; the other loss takes every score by itself.
  @Test func aNumberAddedToAllCandidatesChangesNothing() {
    var moved = Self.scores
    for candidate in 0..<4 { moved[1, candidate, 1] += 7 }
    let loss = ContrastiveLoss()
    #expect(
      abs(
        loss.value(moved, labels: Self.labels).value
          - loss.value(Self.scores, labels: Self.labels).value) < 1e-12)
    #expect(
      BinaryLoss().value(moved, labels: Self.labels).value
        > BinaryLoss().value(Self.scores, labels: Self.labels).value + 0.1)
  }

  /// A step at which nobody succeeds has no term, and the best of equal candidates is the first.
  @Test func stepsWithoutSuccessCountNothing() {
    for labels in ContrastiveLoss.Labels.allCases {
      let (value, slopes) = ContrastiveLoss(labels: labels).term([1, 2], [0, 0])
      #expect(value == 0 && slopes == [0, 0])
    }
    let slopes = ContrastiveLoss(labels: .best).term([1, 1, 1], [0.5, 0.75, 0.75]).slopes
    #expect(slopes[1] < 0 && slopes[0] > 0 && slopes[2] > 0)
  }

  /// Large scores give large losses, never infinite ones.
  @Test func nothingOverflows() {
    let scores = StepTable(questions: 1, candidates: 2, steps: 1, values: [1e4, -1e4])
    let labels = StepTable(questions: 1, candidates: 2, steps: 1, values: [0, 1])
    for loss in [ContrastiveLoss(), BinaryLoss()] as [any StepLoss] {
      let (value, gradient) = loss.value(scores, labels: labels)
      #expect(value >= 1e4 && value.isFinite && gradient.values.allSatisfy(\.isFinite))
    }
  }

  /// On a tape the scores lie where the table says, and other places move nothing.
  @Test func scoresLieOnTheTape() {
    let loss = ContrastiveLoss(labels: .normalised)
    let (rows, length) = (8, 5)
    var numbers = Numbers(seed: 3)
    let states = numbers.floats(rows * length * 3)
    let weights = numbers.floats(4)
    // Steps of a candidate are places 1, 2 and 3 of its row.
    let places = (0..<rows).flatMap { row in (1...3).map { row * length + $0 } }
    let matrix = ParameterMatrix(
      slot: 0, offset: 0, stride: 3, outputs: 1, inputs: 3,
      bias: ParameterVector(offset: 3, count: 1))
    func value(_ weights: [Double]) -> Double {
      var table = StepTable(like: Self.labels)
      for (index, place) in places.enumerated() {
        table.values[index] =
          (0..<3).reduce(weights[3]) { $0 + weights[$1] * Double(states[place * 3 + $1]) }
      }
      return loss.value(table, labels: Self.labels).value
    }
    var gradient = [Float](repeating: 0, count: 4)
    weights.withUnsafeBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        let tape = GradientCheck.makeTape([matrix], values, rows: rows, length: length, gradient)
        GradientCheck.set(tape.load(.stream, columns: 3), states)
        tape.linear(.stream, matrix, adding: nil, into: .logits)
        let sum = tape.evaluate(
          StepScores(
            loss: loss, labels: Self.labels, places: places, divisor: loss.divisor(Self.labels)))
        #expect(abs(sum / 2 - value(weights.map(Double.init))) < 1e-6)
        tape.reverse()
      }
    }
    let doubles = weights.map(Double.init)
    let wanted = GradientCheck.differences(doubles, at: [0, 1, 2], value)
    #expect(relativeError(gradient.prefix(3), wanted) < GradientCheck.tolerance)
    // The bias is a number added to all.
    #expect(abs(gradient[3]) < 1e-6)
  }
}
