import Tensors

@testable import Trajectories

/// Made-up runs for tests of what is told of runs. Nothing here is a model.
enum MadeUp {
  /// A token that nothing stands for: what is read out there is no number.
  static let nothing = -1

  /// A run whose positions would say these tokens next.
  /// - Parameter answers: from s₀ on.  // [iterations + 1][tokens]
  static func trajectory(_ ids: [Int], _ answers: [[Int]]) -> Trajectory {
    var trajectory = Trajectory(
      prompt: "", tokens: ids.map { Token(id: $0, text: "t\($0)", isSpecial: false) },
      start: "made up", initial: step(0, answers[0]))
    for iteration in answers.indices.dropFirst() {
      trajectory.append(step(iteration, answers[iteration]))
    }
    return trajectory
  }

  static func step(_ iteration: Int, _ answers: [Int]) -> Step {
    Step(
      iteration: iteration,
      measures: answers.map { _ in
        StateMeasure(norm: 1, residual: nil, relativeResidual: nil, cosine: nil)
      },
      readings: answers.map {
        $0 == nothing
          ? .diverged
          : Reading(
            entropy: Float($0) / 10, kl: nil,
            top: [Candidate(id: $0, text: "t\($0)", probability: 1)])
      }, duration: .zero)
  }

  static func prompt(_ ids: [Int] = [1, 2, 3], seed: UInt64 = 0) -> PromptCause {
    PromptCause(text: "x", ids: ids, start: .seeded(seed: seed, form: SeedForm(), scale: 1))
  }

  /// A token that was read out of what the model said.
  static func said(_ id: Int) -> TokenCause { TokenCause(id: id, sampling: Sampling()) }
}
