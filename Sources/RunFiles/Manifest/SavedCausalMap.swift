import LatentModels
import Trajectories

/// A causal map as a manifest has it: its runs by their ids.
struct SavedCausalMap: Codable, Sendable {
  /// Cells of all maps that are written, and read.
  static let mostCells = 1 << 17

  var clean: NodeID
  var corrupted: NodeID
  var kind: CausalMap.Kind
  /// What is put back; nil for states.
  var site: String?
  /// The iteration at which runs are read out.
  var last: Int
  var iterations: [Int]
  var answer: Int
  var other: Int
  /// Probability and logit difference of both runs by themselves.
  var cleanEffect: [Float]
  var corruptedEffect: [Float]
  /// Both of every cell, iteration by iteration, token by token; null where it was not computed.
  var cells: [[Float]?]  // [iterations · tokens][2]

  /// nil where one of its runs is not in the tree.
  init?(_ map: CausalMap, in tree: RunTree) {
    guard let clean = tree.node(of: map.clean), let corrupted = tree.node(of: map.corrupted) else {
      return nil
    }
    (self.clean, self.corrupted) = (clean, corrupted)
    (kind, site, last) = (map.kind, map.site.map { "\($0)" }, map.last)
    (iterations, answer, other) = (map.iterations, map.answer, map.other)
    (cleanEffect, corruptedEffect) = (Self.pair(map.cleanEffect), Self.pair(map.corruptedEffect))
    cells = map.iterations.flatMap { iteration in
      (0..<map.tokenCount).map { map[$0, iteration].map(Self.pair) }
    }
  }

  private static func pair(_ effect: CausalMap.Effect) -> [Float] {
    [effect.probability, effect.logitDifference]
  }

  private static func effect(_ pair: [Float]) -> CausalMap.Effect? {
    pair.count == 2 ? CausalMap.Effect(probability: pair[0], logitDifference: pair[1]) : nil
  }

  /// The map, or nil where its numbers cannot be those of one.
  /// - Parameters:
  ///   - runs: what was computed of the tree's nodes.
  ///   - vocabulary: how many tokens there are.
  func map(in tree: RunTree, _ runs: [NodeID: Trajectory], vocabulary: Int) -> CausalMap? {
    guard let clean = tree.lineage(of: clean), let corrupted = tree.lineage(of: corrupted),
      clean != corrupted, clean.passages.count == 1, corrupted.passages.count == 1,
      clean.ids.count == corrupted.ids.count,
      [self.clean, self.corrupted].allSatisfy({ last <= runs[$0]?.lastIteration ?? -1 }),
      (0..<vocabulary).contains(answer), (0..<vocabulary).contains(other),
      let cleanEffect = Self.effect(cleanEffect), let corruptedEffect = Self.effect(corruptedEffect)
    else { return nil }
    let place = site.flatMap { Site($0) }
    guard (site == nil) == (place == nil) else { return nil }
    let question = CausalMap.Question(
      clean: clean, corrupted: corrupted, kind: kind, site: place, last: last)
    let tokens = clean.ids.count
    guard last >= 0, last <= 1_000_000, iterations.first ?? -1 >= 0, iterations.last ?? 0 <= last,
      zip(iterations, iterations.dropFirst()).allSatisfy(<),
      iterations.count <= Self.mostCells, cells.count == iterations.count * tokens
    else { return nil }
    var map = CausalMap(
      question, iterations: iterations, answer: answer, other: other, cleanEffect: cleanEffect,
      corruptedEffect: corruptedEffect)
    for (index, pair) in cells.enumerated() {
      guard let pair else { continue }
      guard let effect = Self.effect(pair) else { return nil }
      map.add(
        effect, at: CausalMap.Cell(token: index % tokens, iteration: iterations[index / tokens]))
    }
    return map
  }
}
