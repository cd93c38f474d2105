import Checkpoints
import Tensors

/// How positions are told apart: the base of the rotary frequencies and their scaling.
public struct RotaryConfiguration: Sendable, Equatable {
  /// `rope_scaling` of type llama3, see `RotaryFrequencies.llama3`.
  public struct Llama3Scaling: Sendable, Equatable {
    public var factor: Float
    public var lowFrequencyFactor: Float
    public var highFrequencyFactor: Float
    public var originalContext: Int
  }

  public var base: Float
  public var scaling: Llama3Scaling?
  /// Positions are divided by this: `rope_scaling` of type linear. 1 where they are not.
  public var positionFactor: Float

  public init(base: Float, scaling: Llama3Scaling? = nil, positionFactor: Float = 1) {
    self.base = base
    self.scaling = scaling
    self.positionFactor = positionFactor
  }

  /// Radians a position of each pair.
  package func frequencies(headDimension: Int) -> [Float] {  // [headDimension / 2]
    let plain = RotaryFrequencies.plain(base: base, headDimension: headDimension)
    guard let scaling else {
      return positionFactor == 1 ? plain : plain.map { $0 / positionFactor }
    }
    return RotaryFrequencies.llama3(
      plain, factor: scaling.factor, low: scaling.lowFrequencyFactor,
      high: scaling.highFrequencyFactor, originalContext: scaling.originalContext)
  }

  /// Refuses settings with which an angle of some position is no number.
  /// - Parameter key: the address of the base, for the message.
  func check(headDimension: Int, positions: Int, key: String) throws(ModelError) {
    let last = Float(max(1, positions) - 1)
    let plain = RotaryFrequencies.plain(base: base, headDimension: headDimension)
    guard plain.allSatisfy({ ($0 * last).isFinite }) else {
      throw .configuration(
        key: key,
        problem: "is \(base), with which the angles of the last positions are not finite")
    }
    guard frequencies(headDimension: headDimension).allSatisfy({ ($0 * last).isFinite }) else {
      throw .configuration(
        key: key,
        problem: "is scaled by \(scaling?.factor ?? 1), with which the angles of the last positions"
          + " are not finite")
    }
  }

  /// For people: `10000, scaled as Llama 3 by 8 from 8192 tokens`.
  var summary: String {
    guard let scaling else {
      return positionFactor == 1 ? "\(base)" : "\(base), positions divided by \(positionFactor)"
    }
    return "\(base), scaled as Llama 3 by \(scaling.factor) from \(scaling.originalContext) tokens"
  }
}
