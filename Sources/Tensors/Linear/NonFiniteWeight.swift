/// A weight that is not a number or infinite: the tensor cannot be used.
public struct NonFiniteWeight: Error, Equatable, CustomStringConvertible {
  /// The tensor it was found in.
  public let tensor: String
  /// Its place in the tensor, in row-major order.
  public let index: Int
  /// Sizes of the tensor, outermost first.
  public let shape: [Int]

  /// - Parameter index: place in row-major order.
  public init(tensor: String, index: Int, shape: [Int]) {
    self.tensor = tensor
    self.index = index
    self.shape = shape
  }

  public var description: String {
    "tensor \(tensor) \(shape): element \(index) is not finite; "
      + "the file is damaged or was saved from a run that diverged"
  }
}
