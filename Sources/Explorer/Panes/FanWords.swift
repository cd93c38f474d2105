import ParallelScaling
import Trajectories

/// What is said of an ensemble in words.
struct FanWords {
  let state: ExplorerState
  let question: EnsembleQuestion
  let answers: FanAnswers

  private var fanning: Fanning { state.fanning }
  private var glyphs: Glyphs { state.glyphs }

  static func strength(_ value: Float) -> String { Numbers.tick(Double(value)) }

  /// What makes the copies different, and how much that is.
  var way: String {
    switch question.way {
    case .starts: return "starts"
    case .perturbed(let name, let strength, let isHeld):
      let level = fanning.level.map {
        " (\(Numbers.tick(Double($0) * 100)) % of the size)"
      }
      return "\(name)\(isHeld ? " held" : "") \(Self.strength(strength))\(level ?? "")"
    }
  }

  /// The heading.
  func title(_ width: Int) -> String {
    let dot = glyphs.dot
    let seed: String
    switch question.way {
    case .starts:
      let first = state.resolved(question.cause.start)
      seed = "from \(first.words)"
    case .perturbed: seed = "seed \(question.seed)"
    }
    let long = "\(fanning.wanted) copies \(dot) \(way) \(dot) \(seed)"
    if Printable.width(long) + 14 <= width { return long }
    return Printable.width(long) + 4 <= width ? long : "\(fanning.wanted) \(dot) \(way)"
  }

  /// How far the copies have gone, whether they drift off together or scatter.
  func motion(_ width: Int) -> String {
    let iteration = state.fanIteration
    guard fanning.spread.indices.contains(iteration), let moment = fanning.spread[iteration],
      let ratio = moment.driftRatio
    else { return iteration == 0 ? Self.begin(glyphs) : "" }
    let share = moment.relativeDispersion.map { "spread \(Self.percent($0)) of the size" }
    let isMet = moment.drift + moment.dispersion < Self.met * moment.size
    // Of starts none is the one that the others are made of.
    guard !isMet, question.way != .starts else {
      let words = [share, isMet ? "the copies meet" : nil].compactMap(\.self)
      return "at r \(iteration): " + words.joined(separator: ", ")
    }
    let noise = moment.driftRatioOfNoise
    let word = Self.motionWord(moment) ?? ""
    let number = "drift ratio \(Numbers.fixed(ratio, 2))"
    let start = share.map { $0 + ", " } ?? ""
    return [
      "at r \(iteration): \(start)\(number), of noise alone \(Numbers.fixed(noise, 2)): \(word)",
      "r \(iteration): \(start)\(number): \(word)", "\(number): \(word)",
    ].first { Printable.width($0) <= width } ?? word
  }

  /// Whether copies drift off together or scatter like a firework; nil where nothing moved.
  static func motionWord(_ moment: RunningSpread.Moment?) -> String? {
    guard let moment, let ratio = moment.driftRatio else { return nil }
    if ratio >= 0.5 { return "drift" }
    return ratio <= 2 * moment.driftRatioOfNoise ? "firework" : "between firework and drift"
  }

  /// How far copies are from each other, and in how many directions they scatter; nil where nothing moved.
  func pairs(_ width: Int) -> String? {
    let iteration = state.fanIteration
    guard fanning.pairs.indices.contains(iteration), let pairs = fanning.pairs[iteration],
      let participation = pairs.participationRatio, let rank = pairs.effectiveRank
    else { return nil }
    let whose =
      fanning.pairedCopies < fanning.copies.count ? " of the first \(fanning.pairedCopies)" : ""
    let apart =
      "1\(glyphs.minus)cos \(Numbers.short(pairs.pairwiseCosineDistance)), distance "
      + Numbers.short(pairs.pairwiseDistance)
    let directions =
      "participation ratio \(Numbers.short(participation)), effective rank \(Numbers.short(rank))"
    let largest = pairs.largestShare.map { ", the largest \(Self.percent($0))" } ?? ""
    return [
      "pairs\(whose): \(apart) \(glyphs.dot) directions: \(directions)\(largest)",
      "pairs\(whose): \(apart) \(glyphs.dot) \(directions)",
      "pairs: \(apart) \(glyphs.dot) participation \(Numbers.short(participation)), rank "
        + Numbers.short(rank), "pairs: \(apart)", apart,
    ].first { Printable.width($0) <= width } ?? apart
  }

  /// As a share of the size: nearer to each other, copies are in one place.
  private static let met = 0.005

  /// How often at least one of so many copies is right.
  func coverage(_ width: Int) -> String? {
    guard let expected = state.rightAnswerWords else { return nil }
    let right = answers.all.filter { $0.isRight == true }.reduce(0) { $0 + $1.count }
    let all = fanning.copies.count
    let shares = Coverage.counts(upTo: all).map { count in
      "\(count) \(Self.share(Coverage.passAtK(copies: all, right: right, k: count)))"
    }
    // The ends say most; between them every second goes where there is no room.
    var kept = shares
    func words() -> String { "one of N is right, \(expected):  " + kept.joined(separator: "   ") }
    while Printable.width(words()) > width, kept.count > 2 {
      kept = kept.enumerated()
        .filter { $0.offset % 2 == 0 || $0.offset == kept.count - 1 }.map(\.element)
    }
    return words()
  }

  /// The last part of a path, or a name as it is.
  static func judgeName(_ judge: String) -> String {
    let parts = judge.split(separator: "/")
    return Printable.clip(
      Printable.line(parts.last.map(String.init) ?? judge), 24, ellipsis: ".")
  }

  /// Whom the judge chooses, since when that one is ahead, and how right and wrong copies fare; nil where
  /// nobody has judged.
  func judge(_ width: Int) -> String? {
    guard let judge = fanning.judging.judge, let best = fanning.preferred else { return nil }
    func verdict(_ copy: Int) -> String {
      let answer = answers[fanning.copies[copy].rollout.answer]
      let sign = answer?.isRight.map { " " + ($0 ? glyphs.same : glyphs.differs) } ?? ""
      return "#\(copy): \(answer?.label ?? "no answer")\(sign)"
    }
    var words = ["\(Self.judgeName(judge)) prefers \(verdict(best))"]
    let leaders = fanning.leaders(isOfSums: true)
    let changes = FanJudge.changes(leaders).map { $0 + 1 }
    if let since = changes.last {
      words[0] += ", ahead since r \(since)"
      let before = changes.dropFirst()
      if before.count > 1 {
        let shown = before.suffix(6).map(String.init).joined(separator: ", ")
        let cut = before.count > 6 ? "\(glyphs.ellipsis) " : ""
        words.append("another leads from r \(cut)\(shown)")
      }
    }
    func mean(_ isRight: Bool) -> Double? {
      let scores = fanning.copies.filter { answers.isRight($0.rollout.answer) == isRight }
        .compactMap(\.rollout.score)
      return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    }
    if let right = mean(true), let wrong = mean(false) {
      words.append(
        "mean of right \(Numbers.short(right)), of wrong \(Numbers.short(wrong))")
    }
    if fanning.judging.isOfSteps == false { words.append("one score a copy") }
    let separator = " \(glyphs.dot) "
    while words.count > 1, Printable.width(words.joined(separator: separator)) > width {
      words.remove(at: words.count > 2 ? 1 : words.count - 1)
    }
    return words.joined(separator: separator)
  }

  /// The picked copy, or how to pick one.
  func copy(_ width: Int) -> (String, Style) {
    guard let selected = fanning.selected, fanning.copies.indices.contains(selected) else {
      return ("\(Key.down.label(ascii: glyphs.isASCII)) picks a copy", .dim)
    }
    let copy = fanning.copies[selected]
    let rollout = copy.rollout
    let answer = answers[rollout.answer]
    var words = ["copy \(selected): \(answer?.label ?? "no answer")"]
    if let isRight = answer?.isRight {
      words[0] += " " + (isRight ? glyphs.same : glyphs.differs)
    }
    if let since = fanning.since(copy) { words.append("since r \(since)") }
    if let entropy = rollout.entropy {
      words.append("entropy \(Numbers.short(entropy)) nats")
    }
    if let residual = rollout.residuals.last {
      words.append("\(glyphs.relativeResidual) \(Numbers.short(residual))")
    }
    // What was read out of it alone says little where it is more than that.
    if !rollout.text.isEmpty, answer?.label != state.visible(rollout.text) {
      let text = Printable.clip(state.visible(rollout.text), 40, ellipsis: glyphs.ellipsis)
      words.append("wrote '\(text)'")
    }
    while words.count > 1, Printable.width(words.joined(separator: ", ")) > width {
      words.removeLast()
    }
    return (words.joined(separator: ", "), .cursor)
  }

  /// At s₀, which nothing has been added to yet.
  static func begin(_ glyphs: Glyphs) -> String { "\(glyphs.start): the copies begin as one" }

  /// `.64`, `1.00`.
  static func share(_ value: Double) -> String {
    let text = Numbers.fixed(value, 2)
    return text.hasPrefix("0") ? String(text.dropFirst()) : text
  }

  static func percent(_ value: Double) -> String {
    "\(value < 0.0995 ? Numbers.tick((value * 1000).rounded() / 10) : Numbers.fixed(value * 100, 0)) %"
  }
}
