/// Where something is in a run: `token:iteration`, or `token:iteration.block`. The one way to say
/// where, in the explorer, on the command line, in files and in errors.
///
/// Tokens and blocks count from 0; iteration 0 is the initial state s₀.
public struct Address: Sendable, Hashable, CustomStringConvertible {
  public var token: Int
  public var iteration: Int
  public var block: Int?

  public init(token: Int, iteration: Int, block: Int? = nil) {
    self.token = token
    self.iteration = iteration
    self.block = block
  }

  /// Reads `12:8` or `12:8.3`; nil for anything else.
  public init?(_ text: String) {
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    guard halves.count == 2, let token = Int(halves[0]), token >= 0 else { return nil }
    let places = halves[1].split(separator: ".", omittingEmptySubsequences: false)
    guard places.count <= 2, let iteration = Int(places[0]), iteration >= 0 else { return nil }
    if places.count == 2 {
      guard let block = Int(places[1]), block >= 0 else { return nil }
      self.init(token: token, iteration: iteration, block: block)
    } else {
      self.init(token: token, iteration: iteration)
    }
  }

  public var description: String {
    "\(token):\(iteration)" + (block.map { ".\($0)" } ?? "")
  }
}
