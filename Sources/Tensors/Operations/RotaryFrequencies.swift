import Glibc

/// How fast each pair of a head turns: radians a position.
public enum RotaryFrequencies {
  /// frequency_j = 1 / base^(2j/hd), in float32 as the references compute it.
  /// - Precondition: an even head dimension.
  public static func plain(base: Float, headDimension: Int) -> [Float] {  // [headDimension / 2]
    precondition(headDimension > 0 && headDimension % 2 == 0, "pairs need an even head dimension")
    return (0..<headDimension / 2).map { 1 / powf(base, Float(2 * $0) / Float(headDimension)) }
  }

  /// The long-context scaling of Llama 3.1 and later: slow pairs, whose wavelength is past
  /// `originalContext / low`, turn `factor` times slower; fast ones, below `originalContext / high`,
  /// stay; between the two the frequency goes over from one to the other.
  /// - Precondition: `high > low`, and all are above 0.
  public static func llama3(
    _ frequencies: [Float], factor: Float, low: Float, high: Float, originalContext: Int
  ) -> [Float] {
    precondition(factor > 0 && low > 0 && high > low && originalContext > 0)
    let context = Float(originalContext)
    return frequencies.map { frequency in
      let wavelength = 2 * Float.pi / frequency
      if wavelength > context / low { return frequency / factor }
      if wavelength < context / high { return frequency }
      let share = (context / wavelength - low) / (high - low)
      return (1 - share) * frequency / factor + share * frequency
    }
  }
}
