/// A model that cannot be trained as it is.
public enum TrainingModelError: Error, Equatable, CustomStringConvertible {
  case unknownParameter(String)
  case scattered([String])
  case otherThoughts

  public var description: String {
    switch self {
    case .unknownParameter(let name):
      "The network asks for \(name), which is not among its parameters."
    case .scattered(let names):
      "The network reads \(names.joined(separator: ", ")) as one matrix; they do not lie side by side."
    case .otherThoughts:
      "Only models that feed back their hidden vector as it is, between tokens of their own, can be "
        + "trained to think."
    }
  }
}
