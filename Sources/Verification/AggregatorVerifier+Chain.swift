import Checkpoints
import Trajectories

extension AggregatorVerifier {
  /// Measures of a chain of states in float64.
  mutating func compareChain() {
    guard let rows = chain?["trajectory"]?.array?.map(Self.numbers), rows.count > 1,
      let width = rows.first?.count, rows.allSatisfy({ $0.count == width }),
      rows.allSatisfy({ $0.allSatisfy(\.isFinite) }), let metrics = chain?["metrics"]
    else { return }
    let path = PathMeasures(rows)
    func mean(_ values: [Double]?) -> Double? {
      values.map { $0.reduce(0, +) / Double($0.count) }
    }
    let embedding = path.chain
    // The reference adds a little to the sums, so that what rests is 0.
    let bends = path.secondDifferences.enumerated().map { index, bend in
      bend / (path.steps[index] + path.steps[index + 1] + 1e-12)
    }
    let values: [(name: String, ours: [Double?])] = [
      ("matrix_entropy_nats", [path.matrixEntropy]),
      ("effective_rank_singular_values", [path.effectiveRank]),
      ("anisotropy_centred_top_fraction", [path.anisotropy]),
      ("two_nn_intrinsic_dimension_trim0_1", [IntrinsicDimension.twoNearest(rows)]),
      ("step_sizes", path.steps), ("relative_residuals", path.relativeResiduals),
      ("cosine_distance_consecutive", path.turns),
      ("cosine_of_consecutive_updates", path.stepCosines),
      ("second_difference_norms", path.secondDifferences),
      ("second_difference_normalised", bends),
      ("path_length", [path.length]), ("straightness", [path.straightness]),
    ]
    let chained: [(name: String, ours: [Double?])] = [
      ("normalised_magnitudes", embedding?.magnitudes ?? []),
      ("normalised_angles", embedding?.angles ?? []),
      ("mag_mean", [mean(embedding?.magnitudes)]), ("ang_mean", [mean(embedding?.angles)]),
      ("coe_r", [embedding?.real]), ("coe_c", [embedding?.complex]),
    ]
    compare(values, with: metrics, "chain")
    if let wanted = metrics["chain_of_embedding"] { compare(chained, with: wanted, "chain.coe") }
    if let wanted = metrics["first_exit_latent_diff_0_03"] {
      let first = path.relativeResiduals.firstIndex { ($0 ?? .infinity) < 0.03 }.map { $0 + 1 }
      ledger.expect(
        first == wanted.integer, family: "chain.first_exit", iteration: nil,
        place: "step \(first.map(String.init) ?? "none")")
    }
  }

  private mutating func compare(
    _ values: [(name: String, ours: [Double?])], with reference: JSONValue, _ family: String
  ) {
    for (name, ours) in values {
      guard let wanted = reference[name] else { continue }
      ledger.compare(
        "\(family).\(name)", ours.map { $0 ?? .nan },
        with: wanted.array == nil ? [wanted.number ?? .nan] : Self.numbers(wanted), place: name,
        tolerance: Self.tolerance)
    }
  }
}
