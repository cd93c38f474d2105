import Foundation

/// What a model does with one prompt at the moment: the last place after every iteration.
public struct PromptObservation: Sendable, Equatable {
  /// The likeliest next token, and how likely it is.
  public struct Reading: Sendable, Equatable {
    public var token: Int
    public var probability: Double

    public init(token: Int, probability: Double) {
      self.token = token
      self.probability = probability
    }

    /// - Parameter logits: not empty.  // [vocabulary]
    init(logits: [Float]) {
      let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
      let sum = logits.reduce(0.0) { $0 + exp(Double($1) - Double(logits[best])) }
      self.init(token: best, probability: 1 / sum)
    }
  }

  /// ln_f(s) at the last place, of s₀ and after every iteration.
  public var states: [[Float]] = []  // [iterations + 1][width]
  public var readings: [Reading] = []  // [iterations + 1]

  public init() {}

  public init(states: [[Float]], readings: [Reading]) {
    self.states = states
    self.readings = readings
  }
}

extension Trainer {
  /// Looks at a prompt with the averaged weights. Changes nothing: a run that is watched gives the
  /// bytes of one that is not.
  /// - Parameters:
  ///   - prompt: without the line's beginning, or what begins thoughts; its tokens are its bytes.
  ///   - iterations: or thoughts, of which there are no more than the context has room for.
  /// - Returns: nil where the prompt is too long for the model, or the engine has no states.
  public func observe(_ prompt: String, iterations: Int) -> PromptObservation? {
    let tokens =
      recipe.architecture.kind == .continuousThought
      ? ThoughtText.question(prompt)
      : [Int32(UInt8(ascii: "\n"))] + prompt.utf8.map(Int32.init)
    guard tokens.count <= recipe.architecture.context else { return nil }
    // The same s₀ every time, so that what changes is the model.
    return engine.observation(
      of: state.average, tokens: tokens, iterations: iterations,
      start: .placed(seed: recipe.seed))
  }
}
