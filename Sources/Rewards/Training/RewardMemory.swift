import Tensors
import Training

/// Memory that training a judge takes at the least, whatever it reads: known before any of it is taken.
enum RewardMemory {
  /// Vectors as long as the weights: those of the last epoch and of the one at hand, with two moments and
  /// the best for each; gradients of the shards and their sum; weights packed for products.
  static let vectors = 13

  /// - Throws: `TrainingError.notEnoughMemory`.
  static func check(parameters: Int, available: Int? = MemoryBudget.available()) throws {
    let (needed, overflows) = parameters.multipliedReportingOverflow(by: 4 * vectors)
    guard let available, overflows || needed > available else { return }
    throw TrainingError.notEnoughMemory(
      needed: overflows ? .max : needed, available: available,
      parts: "all are \(parameters) weights, their gradients and moments",
      advice: "Give a smaller model, fewer --layers, or --probe.")
  }
}
