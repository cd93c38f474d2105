import LatentModels

/// One of many copies of a run as what made it: what is drawn on its way, of a seed, and which copy it is.
/// It is that run again, tokens that follow it too, whatever other copies there are.
///
/// What the perturbations do is known to whoever makes copies, which an engine is told: see
/// `Engine.CopyHooks`.
public struct CopyCause: Codable, Sendable, Hashable {
  /// A perturbation by its name, such as `relative-noise`.
  public struct Noise: Codable, Sendable, Hashable {
    public let name: String
    public let strength: Float
    /// Drawn once and kept for all iterations.
    public let isHeld: Bool

    public init(_ name: String, strength: Float, isHeld: Bool = false) {
      self.name = name
      self.strength = strength
      self.isHeld = isHeld
    }
  }

  public let perturbations: [Noise]
  /// Of everything that is drawn.
  public let seed: UInt64
  /// Which copy, from 0.
  public let number: Int
  /// The iteration from which on nothing is drawn any more, where the perturbation ends with the last
  /// thought; nil: it goes on as long as the run does.
  public let last: Int?
  /// The position in the text from which on anything is drawn, such as that of the prompt's last token:
  /// tokens before it are those of the run that this is a copy of; nil: all are drawn.
  public let firstPosition: Int?

  /// - Parameters:
  ///   - last: the iteration from which on nothing is drawn; nil for none.
  ///   - firstPosition: from which on anything is drawn; nil for all.
  public init(
    perturbations: [Noise], seed: UInt64, number: Int, last: Int? = nil, firstPosition: Int? = nil
  ) {
    self.perturbations = perturbations
    self.seed = seed
    self.number = number
    self.last = last
    self.firstPosition = firstPosition
  }
}

extension CopyCause: CustomStringConvertible {
  /// `copy 3, relative-noise 0.3, seed 5`.
  public var description: String {
    let noise = perturbations.map { "\($0.name) \($0.strength)\($0.isHeld ? " held" : "")" }
    let place = firstPosition.map { ["from position \($0) on"] } ?? []
    return (["copy \(number)"] + noise + place + ["seed \(seed)"]).joined(separator: ", ")
  }
}
