/// How weights follow their gradients.
public struct OptimizerSettings: Sendable, Equatable {
  /// Muon, for matrices.
  public struct Muon: Sendable, Equatable {
    public var learningRate = 0.02
    public var momentum = 0.95
    /// Decoupled: weights shrink by learning rate × decay in each step.
    public var weightDecay = 0.05

    public init() {}
  }

  /// AdamW, for embeddings, gains and biases.
  public struct AdamW: Sendable, Equatable {
    public var learningRate = 3e-3
    /// Decay of the first moment.
    public var beta1 = 0.9
    /// Decay of the second moment.
    public var beta2 = 0.95
    public var epsilon = 1e-8
    public var weightDecay = 0.0

    public init() {}
  }

  public var muon = Muon()
  public var adamW = AdamW()
  /// Largest Euclidean norm of the whole gradient; longer ones are shortened to it.
  public var clip = 1.0
  /// Decay of the average of the weights, which is what is shipped.
  public var averaging = 0.99

  public init() {}
}

/// What an optimizer remembers between steps.
public struct OptimizerState: Sendable, Equatable {
  /// Steps taken.
  public var steps: Int
  /// Muon's momentum for matrices, AdamW's first moment for the rest.  // [layout.count]
  public var momentum: [Float]
  /// AdamW's second moment; zero where Muon is used.  // [layout.count]
  public var secondMoment: [Float]

  /// Nothing remembered yet.
  public init(count: Int) {
    steps = 0
    momentum = [Float](repeating: 0, count: count)
    secondMoment = momentum
  }

  public init(steps: Int, momentum: [Float], secondMoment: [Float]) {
    precondition(momentum.count == secondMoment.count, "both moments have one layout")
    self.steps = steps
    self.momentum = momentum
    self.secondMoment = secondMoment
  }
}
