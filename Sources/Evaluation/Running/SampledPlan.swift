import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import Trajectories

/// What many copies of every problem are made of. Results of one plan can be put together; those of
/// two cannot.
public struct SampledPlan: Sendable {
  /// The most copies of a problem.
  public static let mostSamples = 10_000

  /// Which weights, in which precision.
  public var model: String
  /// Which problems.
  public var problems: String
  public var kind: AnswerKind
  /// Copies of every problem.
  public var samples: Int
  /// Of every copy; nil for as many as trained, or until the model ends its thoughts itself.
  public var iterations: Int?
  /// Where the run without noise starts.
  public var start: Start
  /// Where copies start, the first of them where `drawsStarts`.
  public var startOfCopies: Start
  /// Whether every copy has a start of its own.
  public var drawsStarts: Bool
  public var perturbations: [Perturbation]
  /// Which tokens of a prompt differ between copies.
  public var positions: EnsemblePlan.Positions
  /// Of everything that is drawn.
  public var seed: UInt64
  /// Tokens written at most, where a text is written.
  public var tokenLimit: Int
  /// When the thinking of a copy would have been stopped; nil where nobody asks.
  public var exit: ExitPolicy?
  /// Who scores the copies; nil for nobody.
  public var judging: SampledJudging?

  public init(
    model: String, problems: ProblemSet, samples: Int, iterations: Int? = nil, start: Start,
    startOfCopies: Start? = nil, drawsStarts: Bool = false, perturbations: [Perturbation] = [],
    positions: EnsemblePlan.Positions = .all, seed: UInt64 = 0, tokenLimit: Int = 256
  ) {
    precondition((1...Self.mostSamples).contains(samples), "\(samples) samples")
    self.model = model
    self.problems = problems.fingerprint
    kind = problems.kind
    self.samples = samples
    self.iterations = iterations
    self.start = start
    self.startOfCopies = startOfCopies ?? start
    self.drawsStarts = drawsStarts
    self.perturbations = perturbations
    self.positions = positions
    self.seed = seed
    self.tokenLimit = tokenLimit
  }

  /// Everything that decides about the results.
  public var document: JSONValue {
    .object(
      [
        JSONMember("model", .string(model)), JSONMember("problems", .string(problems)),
        JSONMember("kind", .string(kind.rawValue)), JSONMember("samples", .integer(samples)),
        JSONMember("perturbations", .array(words.map { .string($0) })),
        JSONMember("sample_seed", .string("\(seed)")),
        JSONMember("start", .string(EvaluationPlan.mark(of: start))),
        JSONMember("start_of_copies", .string(EvaluationPlan.mark(of: startOfCopies))),
        JSONMember("positions", .string(positions.rawValue)),
        JSONMember("r", iterations.map { .integer($0) } ?? .string("as trained")),
        JSONMember("tokens", .integer(tokenLimit)),
        JSONMember("aggregators", .array(Aggregator.all.map { .string($0.name) })),
      ] + (exit.map { [JSONMember("exit", .string($0.words))] } ?? [])
        + (judging?.members ?? []))
  }

  /// Whether all copies of a problem are the same run.
  public var isPlain: Bool { !drawsStarts && perturbations.allSatisfy { $0.strength == 0 } }

  /// What makes copies different: `relative-noise 0.3`, `starts`.
  private var words: [String] {
    perturbations.map { "\($0.kind.name) \($0.strength)\($0.isHeld ? " held" : "")" }
      + (drawsStarts ? ["starts"] : [])
  }

  /// The seed of what is drawn for a problem: of this plan's seed and the problem's number alone, so
  /// that its copies are the same whatever else is worked on. Below 2⁴⁸, which every reader of JSON
  /// keeps.
  public func seed(of problem: Int) -> UInt64 {
    PlacedRandom(seed: seed).at(Self.problemPart).bits(UInt64(problem)) >> 16
  }

  /// The seed that the first copy of a problem starts from, where copies have starts of their own.
  public func firstSeed(of problem: Int) -> UInt64? {
    guard drawsStarts, case .seeded(let seed, _, _) = startOfCopies else { return nil }
    return self.seed(of: problem) ^ PlacedRandom(seed: seed).at(Self.startPart).bits(0) >> 16
  }

  /// The start of the first copy of a problem; those of the others have the seeds that follow.
  public func start(of problem: Int) -> Start {
    guard let own = firstSeed(of: problem), case .seeded(_, let form, let scale) = startOfCopies
    else { return startOfCopies }
    return .seeded(seed: own, form: form, scale: scale)
  }

  // Names of what is drawn, so that one is not the other's.
  private static let problemPart: UInt64 = 0x70_726F_626C_656D
  private static let startPart: UInt64 = 0x73_7461_7274
}
