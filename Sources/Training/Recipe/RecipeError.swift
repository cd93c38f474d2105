import Checkpoints

/// Why a recipe cannot be followed, with the address of the trouble inside it.
public struct RecipeError: Error, Equatable, CustomStringConvertible {
  /// Where it stands: `stages[1].mix.parity`.
  public var address: String
  /// What is wrong and what would be right, as the end of a sentence.
  public var problem: String
  /// The file, when it came from one.
  public var file: String?

  public init(_ address: String, _ problem: String, file: String? = nil) {
    self.address = address
    self.problem = problem
    self.file = file
  }

  public var description: String {
    let place = address.isEmpty ? "recipe" : address
    return DisplayText.escape((file.map { "\($0): " } ?? "") + "\(place) \(problem).")
  }
}
