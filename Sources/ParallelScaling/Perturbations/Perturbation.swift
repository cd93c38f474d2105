import LatentModels
import Tensors

/// A way to make copies of a run different, on the sites of a model. To add one: a file with its row
/// beside this, and the row in `all`.
public struct PerturbationKind: Sendable {
  /// What its strength is.
  public struct Strength: Sendable {
    /// In words: `standard deviation`, `share of elements`.
    public let unit: String
    /// What it may be.
    public let range: Range<Float>
    /// Whether it is the size of a vector that is added, so that it can be held against what is there.
    public let isAbsolute: Bool
  }

  public let name: String
  public let explanation: String
  public let strength: Strength
  /// Whether it can be drawn once and kept for all iterations.
  public var canBeHeld = false
  /// Whether it changes what an iteration reads, before anything is computed of it; else it acts on the
  /// way to the next.
  var changesInput = false
  /// Why a model cannot have it; nil where it can.
  var problem: @Sendable (any LatentModel) -> String? = { _ in nil }
  /// What acts in the prelude, as iteration 0, and in iterations, from 1.
  let hooks: @Sendable (Perturbing) -> [Hook]

  /// The table.
  public static let all: [PerturbationKind] =
    [.noise, .relativeNoise, .noiseOnE, .dropout, .releasedDropout] + testTimeNoise

  /// The kind of a name; nil if there is none.
  public static func named(_ name: String) -> PerturbationKind? { all.first { $0.name == name } }
}

/// A kind with its strength.
public struct Perturbation: Sendable, Hashable {
  public let kind: PerturbationKind
  public let strength: Float
  /// Drawn once and kept for all iterations: a changed model, which may still settle.
  public let isHeld: Bool

  public static func == (a: Perturbation, b: Perturbation) -> Bool {
    a.kind.name == b.kind.name && a.strength == b.strength && a.isHeld == b.isHeld
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind.name)
    hasher.combine(strength)
  }

  /// - Throws: `PerturbationError` for a strength that is none, and for a model that cannot have it.
  public init(
    _ kind: PerturbationKind, strength: Float, isHeld: Bool = false, of model: any LatentModel
  ) throws(PerturbationError) {
    guard kind.strength.range.contains(strength) else {
      throw .strength(kind.name, strength, kind.strength)
    }
    if isHeld, !kind.canBeHeld { throw .cannotBeHeld(kind.name) }
    if let problem = kind.problem(model) { throw .model(kind.name, problem) }
    self.kind = kind
    self.strength = strength
    self.isHeld = isHeld
  }

  /// Hooks of a call for some copies side by side.
  /// - Parameters:
  ///   - copies: the number of the copy of each sequence.
  ///   - iteration: from 1; 0 for the prelude.
  ///   - last: the last iteration of the run.
  ///   - firstPosition: from which on anything is drawn.
  func hooks(
    _ copies: [Int], seed: UInt64, iteration: Int, last: Int, firstPosition: Int = 0,
    of model: any LatentModel
  ) -> [Hook] {
    // Nothing that acts is nothing: the run is what it is without, to the bit.
    guard strength != 0 else { return [] }
    return kind.hooks(
      Perturbing(
        strength: strength, isHeld: isHeld, seed: seed, copies: copies, iteration: iteration,
        last: last, firstPosition: firstPosition, model: model))
  }

  /// The size of what is added beside the size of what is there: σ·√d / ‖h‖ for an absolute strength,
  /// the strength itself for a relative one; nil for what adds nothing.
  public func relativeLevel(width: Int, norm: Float) -> Float? {
    guard kind.strength.isAbsolute else {
      return kind.canBeHeld ? nil : strength
    }
    return norm > 0 ? strength * Float(width).squareRoot() / norm : nil
  }
}

/// Why copies cannot be made different in a way.
public enum PerturbationError: Error, Sendable, CustomStringConvertible {
  case strength(String, Float, PerturbationKind.Strength)
  case cannotBeHeld(String)
  case model(String, String)
  case unknown(String)

  public var description: String {
    switch self {
    case .strength(let name, let value, let strength):
      "\(name) takes a \(strength.unit) from \(strength.range.lowerBound) to below "
        + "\(strength.range.upperBound), not \(value)."
    case .cannotBeHeld(let name):
      "\(name) is drawn anew at every iteration; only dropout masks can be held."
    case .model(let name, let problem): "\(name) does not act here: \(problem)."
    case .unknown(let name):
      "There is no perturbation '\(name)'; there are "
        + PerturbationKind.all.map(\.name).joined(separator: ", ") + "."
    }
  }
}

/// What a perturbation acts in: one call, for some copies side by side.
struct Perturbing: Sendable {
  let strength: Float
  let isHeld: Bool
  let seed: UInt64
  /// The number of the copy of each sequence.
  let copies: [Int]
  /// From 1; 0 in the prelude.
  let iteration: Int
  let last: Int
  /// Rows at positions before it stay as they are.
  let firstPosition: Int
  let model: any LatentModel

  /// Whether iterations are thoughts, each at a position of its own.
  var isOfThoughts: Bool { model.facts.thoughts != nil }

  /// One row of one copy at a site.
  struct Row {
    let values: ArraySlice<Float>
    /// What is drawn there: a function of seed, copy, iteration, site and position alone.
    let random: PlacedRandom
    /// What is drawn for all positions of the copy, at this iteration and site.
    let shared: PlacedRandom
  }

  /// What is drawn for all positions of a sequence at a site.
  private func drawn(_ site: Site, of sequence: Int) -> PlacedRandom {
    PlacedRandom(seed: seed).at(UInt64(copies[sequence])).at(isHeld ? 0 : UInt64(iteration))
      .at(site.number)
  }

  /// A hook that changes the rows of some sites.
  func rewriting(
    _ sites: Set<Site>, _ change: @escaping @Sendable (Row) -> RowEdit
  ) -> Hook {
    .rewriting(sites) { edit($0, change) }
  }

  /// A hook that changes the rows of some sites at random, where they lie if all of them change.
  func changing(_ sites: Set<Site>, _ change: RandomChange) -> Hook {
    if firstPosition > 0 {
      return rewriting(sites) { RowEdit(change, of: $0.values, drawing: $0.random) }
    }
    return Hook(
      at: { sites.contains($0) },
      .rewriteInPlace(
        { rows in
          let site = rows.site
          rows.change(change) { drawn(site, of: $0) }
        },
        edit: { value in edit(value) { RowEdit(change, of: $0.values, drawing: $0.random) } }))
  }

  private func edit(_ value: SiteValue, _ change: (Row) -> RowEdit) -> SiteEdit {
    var rows: [(row: Int, edit: RowEdit)] = []
    for (sequence, span) in value.places.spans.enumerated() {
      let shared = drawn(value.site, of: sequence)
      for (row, position) in zip(span.rows, span.positions) where position >= firstPosition {
        let here = Row(
          values: value.values.row(row), random: shared.at(UInt64(position)), shared: shared)
        rows.append((row, change(here)))
      }
    }
    return SiteEdit(rows: rows)
  }
}

extension RowEdit {
  /// A random change of a row as an edit.
  init(_ change: RandomChange, of values: ArraySlice<Float>, drawing random: PlacedRandom) {
    switch change {
    case .noise(let size): self = .add(random.normal(values.count, size: size))
    case .relativeNoise(let share):
      let size = share * Operations.rootMeanSquare(values)
      self = .add(random.normal(values.count, size: size))
    case .dropout(let share): self = .multiply(random.dropout(values.count, share: share))
    }
  }
}
