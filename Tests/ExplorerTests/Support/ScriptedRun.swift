import Engine
import Glibc
import LatentModels
import Tasks
import Tensors
import Trajectories

@testable import Explorer

/// A made-up run for tests: sums appear one after another from left to right, as if worked out.
/// Nothing here is a model.
enum ScriptedRun {
  static let prompt = "3+4-2+9-5+1+8-6?"
  static let model = ModelSummary(
    name: "scripted", defaultIterations: 16, parameters: 706_944, width: 8, vocabularySize: 256,
    maximumTokens: 256, coreBlocks: 2, tasks: Set(ReasoningTask.all.map(\.name)))

  /// Bytes, as the embedded model has them.
  static let vocabulary = Vocabulary(count: 256) { id in
    Token(
      id: id,
      text: id == 10
        ? "␊" : (32..<127).contains(id) ? String(UnicodeScalar(UInt8(id))) : "<\(id)>",
      isSpecial: id == 10)
  }

  static func tokens(_ prompt: String) -> [Token] {
    [Token(id: 10, text: "␊", isSpecial: true)]
      + prompt.unicodeScalars.map {
        Token(id: Int($0.value), text: String(Character($0)), isSpecial: false)
      }
  }

  /// Numbers that look random and are always the same.
  static func noise(_ a: Int, _ b: Int, _ c: Int = 0) -> Double {
    var x = UInt64(bitPattern: Int64(a &* 7919 &+ b &* 104_729 &+ c &* 1_299_709 &+ 12345))
    x ^= x >> 31
    x &*= 0x9E37_79B9_7F4A_7C15
    x ^= x >> 29
    return Double(x % 10_000) / 10_000
  }

  /// The token that ends a text.
  static let stop = 48

  /// When a token has made up its mind.
  static func settles(_ token: Int) -> Double { 1 + Double(token) * 0.45 }

  static func step(
    _ iteration: Int, tokens: [Token], firstToken: Int = 0, seed: Int = 0,
    texts: [String] = (0..<10).map(String.init), watched: [Int] = []
  ) -> Step {
    let count = texts.count
    var readings: [Reading] = []
    var measures: [StateMeasure] = []
    for token in firstToken..<firstToken + tokens.count {
      let late = Double(iteration) - settles(token)
      let sure = 1 / (1 + exp(-2.5 * late))
      let answer = (Int(noise(token, 1) * Double(count)) + seed / 10_000) % count
      let guess = Int(noise(token, iteration, seed) * Double(count)) % count
      var weights = (0..<count).map { 0.02 + 0.5 * noise(token, iteration / 2, $0) * (1 - sure) }
      weights[guess] += 1.2 * (1 - sure)
      weights[answer] += 8 * sure * sure
      let sum = weights.reduce(0, +)
      let top = weights.enumerated().map {
        // A digit's byte, as the vocabulary has it.
        Candidate(id: 48 + $0.offset, text: texts[$0.offset], probability: Float($0.element / sum))
      }
      .sorted { ($0.probability, $1.id) > ($1.probability, $0.id) }
      let entropy = -top.reduce(0) { $0 + $1.probability * logf(max(1e-9, $1.probability)) }
      let rate = exp(-0.55 * max(0, late)) * (late < 0 ? 0.25 : 1)
      readings.append(
        Reading(
          entropy: entropy, kl: iteration == 0 ? nil : Float(2 * rate * noise(token, iteration)),
          top: top, watched: watched.map { standing($0, in: top) }))
      let relative = Float(iteration == 1 ? 1.24 : 0.002 + 0.9 * rate)
      measures.append(
        StateMeasure(
          norm: Float(7.1 + 3 * (1 - exp(-0.5 * Double(iteration)))),
          residual: iteration == 0 ? nil : relative * 9,
          relativeResidual: iteration == 0 ? nil : relative * expf(-0.2 * Float(iteration)),
          cosine: iteration == 0 ? nil : 1 - relative / 3,
          acceleration: iteration < 2 ? nil : relative * 12))
    }
    return Step(
      iteration: iteration, measures: measures, readings: readings,
      duration: .microseconds(2100 + 37 * (iteration % 5)))
  }

  static func trajectory(
    _ prompt: String = prompt, iterations: Int, seed: Int = 0, tokens: [Token]? = nil,
    firstToken: Int = 0, texts: [String] = (0..<10).map(String.init)
  ) -> Trajectory {
    let tokens = tokens ?? self.tokens(prompt)
    var trajectory = Trajectory(
      prompt: prompt, tokens: tokens, start: "seed \(seed)",
      initial: step(0, tokens: tokens, firstToken: firstToken, seed: seed, texts: texts))
    for iteration in 0..<iterations {
      trajectory.append(
        step(iteration + 1, tokens: tokens, firstToken: firstToken, seed: seed, texts: texts))
    }
    trajectory.measured(
      distanceToLast: distances(tokens.count, to: iterations, firstToken: firstToken))
    return trajectory
  }

  /// As the candidates have it, which are all that these runs ever say.
  static func arrival(_ run: Trajectory) -> Arrival {
    let last = run.steps[run.lastIteration].readings
    return Arrival(
      divergence: run.steps.map { step in
        step.readings.indices.map { row in
          guard !step.readings[row].isDiverged, !last[row].isDiverged else { return nil }
          let sum = last[row].top.reduce(Float(0)) { sum, candidate in
            let now = step.readings[row].top.probability(of: candidate.id) ?? 1e-6
            return sum + candidate.probability * logf(candidate.probability / max(1e-9, now))
          }
          return max(0, sum)
        }
      })
  }

  static func distances(_ tokens: Int, to last: Int, firstToken: Int = 0) -> [[Float]] {
    (0...last).map { iteration in
      (firstToken..<firstToken + tokens).map { token in
        iteration == last
          ? 0 : Float(6 * exp(-0.4 * max(0, Double(iteration) - settles(token) * 0.5)))
      }
    }
  }

  static func coordinates(_ iteration: Int, tokens: Range<Int>) -> [[Float]] {
    tokens.map { token in
      (0..<6).map { component in
        let late = max(0, Double(iteration) - settles(token) * 0.6)
        let shrink = exp(-0.32 * Double(iteration))
        let angle = 0.9 * Double(iteration) + Double(component) * 1.3 + Double(token)
        let rest = 3 * (noise(token, component, 3) - 0.5) * (1 - exp(-late))
        return Float(rest + 5 * shrink * cos(angle) / Double(component + 1))
      }
    }
  }

  /// Two runs that come nearer with every iteration, the later tokens later.
  static func apart(
    _ a: [Passage], _ b: [Passage], _ iteration: Int, _ last: [[Int]]
  ) -> BranchDistances.Iteration {
    let rows = min(a.last?.tokens.upperBound ?? 0, b.last?.tokens.upperBound ?? 0)
    func isThere(_ row: Int, _ text: [Passage], _ last: [Int]) -> Bool {
      zip(text, last).contains { $0.tokens.contains(row) && iteration <= $1 }
    }
    let there = (0..<rows).filter { isThere($0, a, last[0]) && isThere($0, b, last[1]) }
    var divergence = [Float?](repeating: nil, count: rows)
    var distance = divergence
    for row in there {
      let late = max(0, Double(iteration) - settles(row) * 0.8)
      divergence[row] = Float((0.3 + noise(row, 5)) * 9 * exp(-2.2 * late))
      distance[row] = Float((4 + noise(row, 6)) * exp(-0.7 * late))
    }
    return BranchDistances.Iteration(divergence: divergence, distance: distance)
  }

  /// One token's states in a plane of several texts: they begin apart and end together.
  static func path(
    _ text: [Passage], token: Int, from first: Int, upTo last: [Int]
  ) -> [[Float]] {
    guard let (passage, last) = zip(text, last).first(where: { $0.0.tokens.contains(token) }),
      first <= last
    else { return [] }
    return (first...last).map { iteration in
      let apart = 2 * noise(passage.seed, 9) * exp(-0.3 * Double(iteration))
      return coordinates(iteration, tokens: token..<token + 1)[0].enumerated().map {
        $0.element + Float(apart * ($0.offset == 1 ? -1 : 1))
      }
    }
  }

  /// Ten tokens share what there is; all others come after them.
  static func standing(_ id: Int, in top: [Candidate]) -> Standing {
    guard let place = top.firstIndex(where: { $0.id == id }) else {
      return Standing(id: id, rank: 11 + id % 200, probability: 1e-5)
    }
    return Standing(id: id, rank: place + 1, probability: top[place].probability)
  }

  /// Two heads: every token looks at itself, and one at the first, the other at the one before.
  static func attention(_ run: Passage, _ iteration: Int, _ place: BlockPlace) -> AttentionMap {
    let (count, keys) = (run.trajectory.tokens.count, run.tokens.upperBound)
    var weights = Matrix(rows: 2 * count, columns: keys)
    for head in 0..<2 {
      for row in 0..<count {
        let token = run.firstToken + row
        let other = head == 0 ? 0 : max(0, token - 1)
        let share = Float(0.2 + 0.6 * noise(token, iteration, place.block))
        weights[head * count + row, token] += share
        weights[head * count + row, other] += 1 - share
      }
    }
    return AttentionMap(place, iteration: iteration, weights: weights, tokens: count)
  }

  /// Three blocks of the core: in the feed-forward network of the second the prediction turns from what
  /// was said before to what is said after. One each of prelude and coda.
  static func inside(
    _ run: Passage, row: Int, _ iteration: Int, watched: [Int] = []
  ) -> CellPass {
    let token = run.firstToken + row
    let (before, after) = (
      run.trajectory.steps[iteration - 1].readings[row],
      run.trajectory.steps[iteration].readings[row]
    )
    func said(_ reading: Reading, _ kl: Float?) -> Reading {
      Reading(
        entropy: reading.entropy ?? 0, kl: kl, top: reading.top,
        watched: watched.map { standing($0, in: Array(reading.top)) })
    }
    var places = [BlockPlace(.prelude, 1), BlockPlace(.core, 0)]
    places += (1...3).map { BlockPlace(.core, $0) } + [BlockPlace(.coda, 1)]
    let lines = places.flatMap { place in
      (place.block == 0 ? [CellPass.Line.Half.input] : [.attention, .feedForward]).map { half in
        let isAfter =
          place.part == .coda
          || place.part == .core
            && (place.block > 2 || place.block == 2 && half == .feedForward)
        let kl: Float? =
          half == .input
          ? nil : Float(0.6 * noise(token, iteration, place.block + (half == .attention ? 9 : 0)))
        let share = Float(0.9 - 0.2 * Double(place.block) + 0.1 * noise(token, place.block))
        return CellPass.Line(
          place, half, norm: Float(8 + place.block),
          added: half == .input ? nil : half == .attention ? share : share / 2,
          readings: [
            place.part == .core ? said(isAfter ? after : before, kl) : nil,
            said(place.part == .coda ? after : before, kl),
          ])
      }
    }
    var weights: [BlockPlace: [Float]] = [:]
    for place in places where place.block > 0 {
      let row = (0..<run.tokens.upperBound).map { key in
        key > token
          ? 0
          : Float(0.02 + noise(token, key, place.block) * (key % 3 == place.block % 3 ? 1 : 0.1))
      }
      let sum = row.reduce(0, +)
      weights[place] = row.map { $0 / sum }
    }
    return CellPass(
      row: row, iteration: iteration, hasAdapter: true, lenses: ["coda", "logit"],
      watched: watched, lines: lines, weights: weights)
  }

  /// States of six numbers around a centre: most come to rest, one goes round, one slides.
  static func motion(token: Int, _ window: ClosedRange<Int>) -> Motion {
    let rows = window.map { iteration -> [Float] in
      let place = coordinates(iteration, tokens: token..<token + 1)[0]
      let turn = 2 * Double.pi * Double(iteration) / 3
      switch token {
      case 3: return [9, Float(cos(turn)), Float(sin(turn)), 0, 0, 0]
      case 5: return [9, Float(iteration) / 4, 0, 0, 0, 0]
      default: return place.map { $0 + 3 }
      }
    }
    return Motion(
      Matrix(rows: rows.count, columns: 6, values: rows.flatMap { $0 }), first: window.lowerBound)
  }

  /// A run, and where its first token stands in the text.
  struct Passage: Sendable {
    var trajectory: Trajectory
    let firstToken: Int
    let seed: Int
    var tokens: Range<Int> { firstToken..<firstToken + trajectory.tokens.count }
  }

  static func start(_ seed: UInt64) -> Start { .seed(seed) }
  /// Which numbers a run plays: 0 is what most pictures are of; other tokens, other answers.
  static func script(_ cause: PromptCause) -> Int {
    let tokens = cause.text == nil ? cause.ids.reduce(0, +) % 10 * 10_000 : 0
    switch cause.start {
    case .seeded(7, _, _): return tokens
    case .seeded(let seed, _, _): return tokens + Int(seed % 1000) + 1
    default: return tokens + 1000
    }
  }

  /// As if the six components were a corner of a larger space.
  static func spread(_ passages: [Passage]) -> PathSpread.Sums {
    var spread = PathSpread()
    for passage in passages {
      for step in passage.trajectory.steps {
        let rows = coordinates(step.iteration, tokens: passage.tokens)
        let values = rows.flatMap { $0 + [1.2 * $0[0]] }
        spread.add(
          Matrix(rows: rows.count, columns: 7, values: values), firstToken: passage.firstToken)
      }
    }
    return spread.sums
  }

  static func projection(_ passages: [Passage], fit: ProjectionFit) -> Projection {
    var projection = Projection(
      fit: fit, explainedVarianceRatio: [0.52, 0.31, 0.08, 0.04, 0.02, 0.01], coordinates: [],
      spread: spread(passages))
    for passage in passages {
      for step in passage.trajectory.steps {
        projection.add(
          coordinates(step.iteration, tokens: passage.tokens), iteration: step.iteration,
          firstToken: passage.firstToken)
      }
    }
    return projection
  }
}
