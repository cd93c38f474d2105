extension Sampling {
  /// Reads `temperature=0.8 top-k=40 top-p=0.9 min-p=0.05 repetition-penalty=1.1 seed=3`, any of
  /// them, or `greedy`.
  /// - Throws: `UnknownSampling`.
  public init(parsing text: String) throws(UnknownSampling) {
    self.init()
    if text == "greedy" { return }
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw UnknownSampling(word: String(word)) }
      try set(String(parts[0]), String(parts[1]), of: String(word))
    }
    if temperature == nil, topK != nil || topP != nil || minP != nil {
      throw UnknownSampling(word: nil)
    }
  }

  private mutating func set(
    _ name: String, _ text: String, of word: String
  ) throws(UnknownSampling) {
    func number(_ isRight: (Float) -> Bool) throws(UnknownSampling) -> Float {
      guard let value = Float(text), value.isFinite, isRight(value) else {
        throw UnknownSampling(word: word)
      }
      return value
    }
    switch name {
    case "temperature": temperature = try number { $0 > 0 }
    case "top-p": topP = try number { $0 > 0 && $0 <= 1 }
    case "min-p": minP = try number { $0 >= 0 && $0 <= 1 }
    case "repetition-penalty": repetitionPenalty = try number { $0 > 0 }
    case "top-k":
      guard let value = Int(text), value > 0 else { throw UnknownSampling(word: word) }
      topK = value
    case "seed":
      guard let value = UInt64(text) else { throw UnknownSampling(word: word) }
      seed = value
    default: throw UnknownSampling(word: word)
    }
  }

  /// For people, in the words it is read from.
  public var words: String {
    var words =
      ["temperature": temperature, "top-p": topP, "min-p": minP]
      .compactMap { name, value in value.map { "\(name)=\($0)" } }.sorted().reversed() as [String]
    if let topK { words.append("top-k=\(topK)") }
    if temperature != nil { words.append("seed=\(seed)") }
    if repetitionPenalty != 1 { words.append("repetition-penalty=\(repetitionPenalty)") }
    return temperature == nil
      ? (["greedy"] + words).joined(separator: " ") : words.joined(separator: " ")
  }
}

/// Words that say nothing of how tokens are chosen.
public struct UnknownSampling: Error, CustomStringConvertible {
  /// nil: filters without a temperature.
  let word: String?

  public var description: String {
    guard let word else { return "top-k, top-p and min-p go with temperature=T" }
    return "sample takes greedy, or temperature=T above 0, top-k=K, top-p=P, min-p=P, "
      + "repetition-penalty=R, seed=N; not \(word)"
  }
}
