/// The system refused memory for packed weights.
public struct OutOfMemory: Error, Equatable, CustomStringConvertible {
  /// Bytes that were asked for.
  public let bytes: Int
  /// What they were for; empty when unknown.
  public let purpose: String

  /// - Parameter purpose: the tensor, for people.
  public init(bytes: Int, purpose: String = "") {
    self.bytes = bytes
    self.purpose = purpose
  }

  public var description: String {
    "The system refused \(bytes) bytes of memory for packed weights"
      + (purpose.isEmpty ? "" : " of \(purpose)")
      + ". Close other programs, raise the limit, or use a smaller model or precision."
  }
}
