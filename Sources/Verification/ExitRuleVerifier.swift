import Checkpoints
import Engine
import LatentModels
import Tensors
import Trajectories

/// Compares the exit rules with a reference: their values at every iteration, and where each stops.
public struct ExitRuleVerifier {
  private let model: any LatentModel
  private let reference: ReferenceCase

  public init(model: any LatentModel, reference: ReferenceCase) {
    self.model = model
    self.reference = reference
  }

  /// Adds one entry per rule and iteration to the ledger, and one per rule for where it stops.
  public func run(into ledger: inout ErrorLedger) throws {
    let prompts = reference.json["prompts"]?.array ?? []
    if prompts.allSatisfy({ $0["exit_criteria_last_token"]?.members == nil }) {
      ledger.skip("exit rules", why: "the reference has none")
    }
    for (prompt, json) in zip(reference.prompts, prompts) {
      guard let criteria = json["exit_criteria_last_token"]?.members else { continue }
      guard let trajectory = try record(prompt) else {
        ledger.skip("exit rules of \(prompt.name)", why: "the prompt has no ids or s0")
        continue
      }
      for criterion in criteria {
        guard let rule = ExitRule.named(criterion.name) else {
          ledger.skip("exit rule \(criterion.name)", why: "it is not known here")
          continue
        }
        compare(rule, criterion.value, trajectory, prompt.name, &ledger)
      }
    }
  }

  private func record(_ prompt: ReferenceCase.Prompt) throws -> Trajectory? {
    var tensors = ReferenceTensors(file: reference.tensors, key: prompt.key)
    guard let ids = try tensors.integers("ids"), let start = try tensors.matrix("s0") else {
      return nil
    }
    let recorder = try Recorder(
      model: model, ids: ids, start: .given(label: "\(prompt.key).s0"), given: start, candidates: 1)
    var trajectory = try recorder.begin(
      prompt: "", tokens: ids.map { Token(id: $0, text: "", isSpecial: false) }, start: "")
    for _ in 0..<reference.iterations {
      trajectory.append(try recorder.advance())
    }
    return trajectory
  }

  /// Values may differ by 1 % and float32 noise, 3e-6 as the reference has it; entropies of several
  /// nats summed in float32 carry 1e-5 into their difference; the iteration where a rule stops
  /// must be the same unless some value lies within 0.2 % of the threshold.
  private func compare(
    _ rule: ExitRule, _ json: JSONValue, _ trajectory: Trajectory, _ place: String,
    _ ledger: inout ErrorLedger
  ) {
    let threshold = json["threshold"]?.number.map { Float($0) } ?? rule.defaultThreshold
    let values = json["values"]?.array ?? []
    let noise: Float = rule.name == ExitRule.entropyDifference.name ? 1e-5 : 3e-6
    var isBorderline = false
    for (index, expected) in values.enumerated() where index < trajectory.lastIteration {
      // A value the reference writes as null is undefined there.
      guard let expected = expected.number.map({ Float($0) }) else { continue }
      let ours = rule.value(of: trajectory, iteration: index + 1, scope: rule.publishedScope)
      ledger.compare(
        "exit.\(rule.name)", iteration: index + 1, [ours ?? .nan], with: [expected], place: place
      ) { 0.01 * abs($0) + noise }
      // A count sits on its threshold by nature.
      if rule.exits == .below, abs(expected - threshold) < 2e-3 * threshold { isBorderline = true }
    }
    guard !isBorderline else { return }
    ledger.expect(
      rule.firstExit(trajectory, threshold: threshold) == json["first_exit_step"]?.integer,
      family: "exit.\(rule.name).stop", iteration: nil, place: place)
  }
}
