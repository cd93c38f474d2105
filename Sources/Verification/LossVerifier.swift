import Checkpoints
import Glibc
import Training

/// Compares losses over the scores of a judge, and their gradients, with a reference in float64.
struct LossVerifier {
  private let json: JSONValue
  private static let tolerance = 1e-12
  /// The published code computes in float32, and so is its loss stored.
  private static let floatTolerance = 1e-6
  private static let file = "contrastive.json"

  /// The one of a folder; nil where it has none.
  init?(directory: String) throws {
    let path = "\(directory)/\(Self.file)"
    guard access(path, F_OK) == 0 else { return nil }
    json = try JSONValue(readingFile: path)
  }

  func run(into ledger: inout ErrorLedger) {
    guard let scores = Self.table(json["scores_r"]), let labels = Self.table(json["labels_y"]),
      scores.hasSize(of: labels)
    else {
      return ledger.expect(
        false, family: "contrastive", iteration: nil, place: "scores_r and labels_y are no tables")
    }
    for (key, form) in [
      ("paper", ContrastiveLoss.Labels.soft), ("normalised_labels", .normalised),
      ("best_only", .best),
    ] {
      guard let wanted = json[key] else { continue }
      compare(ContrastiveLoss(labels: form), scores, labels, wanted, "contrastive.\(key)", &ledger)
    }
    if let wanted = json["released"], let length = wanted["padded_length_L"]?.integer, length > 0 {
      let loss = ContrastiveLoss(reduction: .padded(length: length))
      let (value, gradient) = loss.value(scores, labels: labels)
      let family = "contrastive.released"
      Self.compare(
        family, value, wanted["loss"], "loss", &ledger, tolerance: Self.floatTolerance)
      Self.compare(family, gradient, wanted["grad_at_latent_positions"], &ledger)
    }
    if let wanted = json["bce"] {
      Self.compare(
        "contrastive.bce", BinaryLoss().value(scores, labels: labels).value, wanted["loss"],
        "loss", &ledger)
    }
  }

  private func compare(
    _ loss: ContrastiveLoss, _ scores: StepTable, _ labels: StepTable, _ wanted: JSONValue,
    _ family: String, _ ledger: inout ErrorLedger
  ) {
    let (value, gradient) = loss.value(scores, labels: labels)
    Self.compare(family, value, wanted["sum_over_steps_mean_over_prompts"], "loss", &ledger)
    var mean = loss
    mean.reduction = .steps
    Self.compare(
      family, mean.value(scores, labels: labels).value, wanted["mean_over_prompts_and_steps"],
      "mean over steps", &ledger)
    let rows = (wanted["per_prompt_step"]?.array ?? []).map {
      ($0.array ?? []).map { $0.number ?? .nan }
    }
    let terms = (0..<scores.questions).map { question in
      (0..<scores.steps).map { step in
        loss.term(
          (0..<scores.candidates).map { scores[question, $0, step] },
          (0..<scores.candidates).map { labels[question, $0, step] }
        ).value
      }
    }
    ledger.compare(
      family, terms.flatMap { $0 }, with: rows.flatMap { $0 }, place: "term",
      tolerance: Self.tolerance)
    Self.compare(
      family, gradient, wanted["grad"] ?? wanted["grad_of_sum_over_steps_mean_over_prompts"],
      &ledger)
  }

  private static func compare(
    _ family: String, _ value: Double, _ wanted: JSONValue?, _ place: String,
    _ ledger: inout ErrorLedger, tolerance: Double = tolerance
  ) {
    guard let wanted else { return }
    ledger.compare(
      family, [value], with: [wanted.number ?? .nan], place: place, tolerance: tolerance)
  }

  private static func compare(
    _ family: String, _ gradient: StepTable, _ wanted: JSONValue?, _ ledger: inout ErrorLedger
  ) {
    guard let wanted else { return }
    ledger.compare(
      family, gradient.values, with: table(wanted)?.values ?? [], place: "gradient",
      tolerance: tolerance)
  }

  /// Three lists in each other, the inner ones of one size each; nil for anything else.
  private static func table(_ json: JSONValue?) -> StepTable? {
    guard let questions = json?.array, let candidates = questions.first?.array,
      let steps = candidates.first?.array
    else { return nil }
    var values: [Double] = []
    for question in questions {
      guard let rows = question.array, rows.count == candidates.count else { return nil }
      for row in rows {
        guard let numbers = row.array, numbers.count == steps.count else { return nil }
        values += numbers.map { $0.number ?? .nan }
      }
    }
    return StepTable(
      questions: questions.count, candidates: candidates.count, steps: steps.count, values: values)
  }
}
