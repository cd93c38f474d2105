/// Loss and gradients of a linear probe a step, the lightest judge there is: rₜ = wₜ·sₜ + bₜ. It reads no
/// prompt, and of each step that alone. Sums are float64, in the order of the batch.
public final class ProbeGradients: RewardEngine {
  public let layout: ParameterLayout
  public let steps: Int
  public let width: Int

  public init(steps: Int, width: Int) {
    (self.steps, self.width) = (steps, width)
    layout = ParameterLayout(probeOfSteps: steps, width: width)
  }

  /// - Precondition: a batch of the probe's steps and width.
  public func gradients(
    of parameters: [Float], batch: RewardBatch, loss: some StepLoss,
    into gradients: inout [Float]
  ) -> Double {
    let (value, slopes) = loss.value(scores(of: parameters, batch: batch), labels: batch.labels)
    var sums = [Double](repeating: 0, count: layout.count)
    forEveryStep(of: batch) { index, step, state in
      let slope = slopes.values[index]
      for (column, number) in state.enumerated() {
        sums[step * width + column] += slope * Double(number)
      }
      sums[steps * width + step] += slope
    }
    gradients = sums.map { Float($0) }
    return value
  }

  /// - Precondition: as of `gradients`.
  public func scores(of parameters: [Float], batch: RewardBatch) -> StepTable {
    precondition(parameters.count == layout.count, "weights of another layout")
    var scores = StepTable(like: batch.labels)
    forEveryStep(of: batch) { index, step, state in
      let weights = parameters[step * width..<(step + 1) * width]
      scores.values[index] = zip(weights, state).reduce(
        Double(parameters[steps * width + step])
      ) { $0 + Double($1.0) * Double($1.1) }
    }
    return scores
  }

  private func forEveryStep(
    of batch: RewardBatch, _ body: (_ index: Int, _ step: Int, ArraySlice<Float>) -> Void
  ) {
    precondition(
      batch.labels.steps == steps && batch.width == width, "a batch of the probe's size")
    var index = 0
    for question in batch.questions {
      for row in 0..<batch.labels.candidates * steps {
        body(index, row % steps, question.states[row * width..<(row + 1) * width])
        index += 1
      }
    }
  }
}
