/// A weight that is not a number or infinite: the tensor cannot be used.
public struct NonFiniteWeight: Error, Equatable, CustomStringConvertible {
  /// The tensor it was found in.
  public let tensor: String
  /// Its place in the tensor, in row-major order.
  public let index: Int
  /// Sizes of the tensor, outermost first.
  public let shape: [Int]
  /// The file that holds the tensor, when it is in a file.
  public let file: String?

  /// - Parameter index: place in row-major order.
  public init(tensor: String, index: Int, shape: [Int], file: String? = nil) {
    self.tensor = tensor
    self.index = index
    self.shape = shape
    self.file = file
  }

  /// - Parameter index: place in row-major order.
  public init(_ tensor: StoredTensor, index: Int) {
    self.init(tensor: tensor.name, index: index, shape: tensor.shape, file: tensor.region.path)
  }

  public var description: String {
    (file.map { "\($0): " } ?? "") + "tensor \(tensor) \(shape): element \(index) is not finite; "
      + "the file is damaged or was saved from a run that diverged"
  }
}
