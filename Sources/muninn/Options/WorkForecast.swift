import Checkpoints
import LatentModels
import Tensors

/// What a command takes besides the weights, told before it begins.
enum WorkForecast {
  /// Refuses a trace whose tables would not fit: of states only the last are kept, of predictions
  /// those of two iterations.
  /// - Parameters:
  ///   - tokens: of all runs.
  ///   - withLogits: whether they are saved.
  ///   - inside: numbers that one iteration leaves inside its blocks, where these are looked at.
  static func checkTrace(
    _ facts: ModelFacts, tokens: Int, withLogits: Bool, inside: Double = 0,
    available: Int? = MemoryBudget.available()
  ) throws(NotEnoughRoom) {
    let tables = Double(withLogits ? 4 : 3) * Double(facts.vocabularySize)
    // An iteration writes keys and values, which go again.
    let rows = 16 * Double(facts.width) + Double(facts.cacheBytes(iterations: 1)) / 4
    try check(
      4 * (Double(tokens) * (tables + rows) + inside), of: available,
      what: "\(tokens) tokens of a trace",
      advice: "Give a shorter prompt, or fewer at once.")
  }

  /// Refuses states that would fill the disk.
  /// - Parameter inside: numbers of one iteration that are saved besides.
  static func checkSave(
    _ facts: ModelFacts, to path: String, tokens: Int, iterations: Int, withLogits: Bool,
    inside: Double = 0, available: Int?
  ) throws(NotEnoughRoom) {
    let states = Double(iterations + 1) * Double(facts.width)
    let logits = withLogits ? Double(iterations) * Double(facts.vocabularySize) : 0
    // They wait on the disk until it is known how many they became.
    try check(
      2 * 4 * (Double(tokens) * (states + logits) + Double(iterations) * inside), of: available,
      what: "\(iterations) iterations of \(tokens) tokens in \(path)", unit: "on the disk",
      advice: "Save fewer iterations, or elsewhere.")
  }

  private static func check(
    _ needed: Double, of available: Int?, what: String, unit: String = "of memory",
    advice: String
  ) throws(NotEnoughRoom) {
    guard let available, needed > Double(available) else { return }
    throw NotEnoughRoom(
      description: "\(what) take about \(Quantity.bytes(Int(min(needed, 9e18)))) \(unit), and "
        + "\(Quantity.bytes(available)) are available. \(advice)")
  }

  /// Tokens whose keys and values fit.
  /// - Parameters:
  ///   - prompt: tokens before the first that is generated.
  ///   - wanted: tokens to generate at most.
  /// - Returns: `wanted`, or fewer.
  /// - Throws: when not even one token fits behind the prompt.
  static func tokens(
    _ facts: ModelFacts, strategy: CacheStrategy, iterations: Int, prompt: Int, wanted: Int,
    available: Int? = MemoryBudget.available()
  ) throws(NotEnoughRoom) -> Int {
    guard let available else { return wanted }
    // Lists grow by doubling.
    let each = 2 * bytesPerToken(facts, strategy: strategy, iterations: iterations)
    let fixed = 4 * (4 * Double(facts.vocabularySize) + 32 * Double(facts.width) * Double(prompt))
    let fitting = (Double(available) - fixed) / max(1, each) - Double(prompt)
    if fitting >= Double(wanted) { return wanted }
    if fitting >= 1 { return Int(fitting) }
    throw NotEnoughRoom(
      description: "Keys and values of the prompt's \(prompt) tokens take about "
        + "\(Quantity.bytes(Int(min(fixed + each * Double(prompt + 1), 9e18)))) of memory "
        + "(\(Quantity.bytes(Int(each))) a token at \(iterations) iterations), and "
        + "\(Quantity.bytes(available)) are available. Give a shorter prompt, fewer --steps, or "
        + "--cache latest-compress-s\(facts.layers.core) to share them between iterations.")
  }

  /// Bytes of the keys and values of one token.
  private static func bytesPerToken(
    _ facts: ModelFacts, strategy: CacheStrategy, iterations: Int
  ) -> Double {
    let core = facts.layers.core
    let all = Double(core) * Double(iterations)
    let kept =
      switch strategy.sharing {
      case .none: all
      case .cyclic(let slots): min(all, Double(slots))
      case .blocks(let slots): (all / Double(slots)).rounded(.up)
      // The first eight iterations have their own.
      case .anchor: min(all, Double(9 * core))
      }
    return 8 * Double(facts.keyWidth)
      * (kept + Double(facts.layers.prelude) + Double(facts.layers.coda))
  }
}

/// Work would take more than there is.
struct NotEnoughRoom: Error, Equatable, CustomStringConvertible {
  let description: String
}
