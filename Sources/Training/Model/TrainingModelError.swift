/// A model that cannot be trained as it is.
public enum TrainingModelError: Error, Equatable, CustomStringConvertible {
  case unknownParameter(String)

  public var description: String {
    switch self {
    case .unknownParameter(let name):
      "The network asks for \(name), which is not among its parameters."
    }
  }
}
