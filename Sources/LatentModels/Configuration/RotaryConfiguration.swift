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

  public init(base: Float, scaling: Llama3Scaling? = nil) {
    self.base = base
    self.scaling = scaling
  }

  /// Radians a position of each pair.
  package func frequencies(headDimension: Int) -> [Float] {  // [headDimension / 2]
    let plain = RotaryFrequencies.plain(base: base, headDimension: headDimension)
    guard let scaling else { return plain }
    return RotaryFrequencies.llama3(
      plain, factor: scaling.factor, low: scaling.lowFrequencyFactor,
      high: scaling.highFrequencyFactor, originalContext: scaling.originalContext)
  }

  /// For people: `10000, scaled as Llama 3 by 8 from 8192 tokens`.
  var summary: String {
    guard let scaling else { return "\(base)" }
    return "\(base), scaled as Llama 3 by \(scaling.factor) from \(scaling.originalContext) tokens"
  }
}

extension ConfigurationReader {
  /// `rope_theta` (or the other names given) and `rope_scaling` of a Llama-like configuration; newer
  /// exports keep both in `rope_parameters`.
  func rotary(
    _ names: String..., default fallback: Float
  ) throws(ModelError) -> RotaryConfiguration {
    let object = has("rope_parameters") ? "rope_parameters" : "rope_scaling"
    var base: Float?
    for name in names where base == nil && has(name) {
      base = try float(name, default: fallback)
    }
    if base == nil, has("rope_theta", in: object) {
      base = Float(try number(in: object, "rope_theta", default: Double(fallback)))
    }
    let chosen: Float
    if let base { chosen = base } else { chosen = try float(names[0], default: fallback) }
    return RotaryConfiguration(base: chosen, scaling: try scaling(in: object))
  }

  private func scaling(in object: String) throws(ModelError) -> RotaryConfiguration.Llama3Scaling? {
    guard has(object) else { return nil }
    let type = text("rope_type", in: object) ?? text("type", in: object) ?? "default"
    if type == "default" { return nil }
    guard type == "llama3" else {
      throw .configuration(
        key: "\(object).rope_type", problem: "is \"\(type)\"; only default and llama3 are read")
    }
    func required(_ name: String) throws(ModelError) -> Float {
      guard has(name, in: object) else {
        throw .configuration(key: "\(object).\(name)", problem: "is missing")
      }
      return Float(try number(in: object, name, default: 1))
    }
    let scaling = RotaryConfiguration.Llama3Scaling(
      factor: try required("factor"), lowFrequencyFactor: try required("low_freq_factor"),
      highFrequencyFactor: try required("high_freq_factor"),
      originalContext: try positive(in: object, "original_max_position_embeddings"))
    guard scaling.highFrequencyFactor > scaling.lowFrequencyFactor else {
      throw .configuration(
        key: "\(object).high_freq_factor",
        problem: "\(scaling.highFrequencyFactor) is not above low_freq_factor "
          + "\(scaling.lowFrequencyFactor)")
    }
    return scaling
  }
}
