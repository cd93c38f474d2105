import ParallelScaling
import Trajectories

/// The answers of copies, most votes first, and what tells them apart: a mark and a colour each, which stay
/// the same at every iteration.
struct FanAnswers: Sendable {
  struct Answer: Sendable {
    /// nil of copies that answer nothing, and of what leads to no answer.
    let answer: Rollout.Answer?
    let label: String
    /// One letter.
    let mark: String
    let style: Style
    let count: Int
    /// nil where nobody knows.
    let isRight: Bool?
    /// The copies that say it, by number.
    var copies: [Int] = []
    /// The share of copies that said it, or what leads to it, from s₀ on.  // [iterations + 1]
    var trace: [Double] = []
  }

  let all: [Answer]
  private let places: [Rollout.Answer?: Int]
  private let glyphs: Glyphs
  private let right: String?

  /// Colours there are; answers behind them have none of their own.
  private static let colours = 6

  init(_ state: ExplorerState) {
    glyphs = state.glyphs
    // Marks and colours by which answer came first, so that they stay while others come in.
    let tallies = Vote(state.fanning.copies.map(\.rollout), countsUnreadable: true).tallies
    let labels = tallies.map { tally in
      tally.answer.map { state.visible($0.description) } ?? "no answer"
    }
    var letters = "abcdefghijklmnopqrstuvwxyz".map(String.init).filter { !labels.contains($0) }
    right = state.rightAnswer
    let right = right
    var all: [Answer] = []
    for (index, tally) in tallies.enumerated() {
      let label = labels[index]
      var mark = tally.answer == nil ? "-" : label
      if Printable.width(mark) != 1 { mark = letters.isEmpty ? "*" : letters.removeFirst() }
      all.append(
        Answer(
          answer: tally.answer, label: label, mark: mark, style: Self.style(index),
          count: tally.count, isRight: right.map { Self.isRight(tally.answer, $0) }))
    }
    var copies: [Rollout.Answer?: [Int]] = [:]
    for (index, copy) in state.fanning.copies.enumerated() {
      copies[copy.rollout.answer, default: []].append(index)
    }
    for index in all.indices { all[index].copies = copies[all[index].answer] ?? [] }
    self.all = all.enumerated()
      .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
    places = Dictionary(
      uniqueKeysWithValues: self.all.enumerated().map { ($0.element.answer, $0.offset) })
  }

  private static func style(_ index: Int) -> Style { index < colours ? .series(index) : .dim }

  private static func isRight(_ answer: Rollout.Answer?, _ right: String) -> Bool {
    switch answer {
    case nil: false
    case .number(let value): Double(right) == value
    case .text(let text): text == right
    }
  }

  subscript(_ answer: Rollout.Answer?) -> Answer? { places[answer].map { all[$0] } }

  /// Whether an answer is right; nil where nobody knows.
  func isRight(_ answer: Rollout.Answer?) -> Bool? { right.map { Self.isRight(answer, $0) } }

  /// An answer that no copy gives.
  func unseen(_ answer: Rollout.Answer?, _ state: ExplorerState) -> Answer? {
    answer.map {
      Answer(
        answer: $0, label: state.visible($0.description), mark: " ", style: .text, count: 0,
        isRight: isRight($0))
    }
  }

  /// The answer that begins with what is said on the way to it.
  func beginning(with text: String) -> Answer? {
    all.first { $0.label == text } ?? all.first { !text.isEmpty && $0.label.hasPrefix(text) }
  }
}

/// What copies say at one iteration: in the end their answers, before that the likeliest token.
struct FanVotes: Sendable {
  let rows: [FanAnswers.Answer]
  let count: Int
  /// Whether these are the answers that were written.
  let isFinal: Bool

  init(_ state: ExplorerState, _ answers: FanAnswers) {
    let fanning = state.fanning
    let iteration = state.fanIteration
    count = fanning.copies.count
    isFinal = iteration == fanning.said.count - 1
    let total = Double(max(1, count))
    if isFinal {
      let traces = fanning.traces(state, answers)
      rows = answers.all.map { row in
        var row = row
        row.trace = traces[row.answer] ?? []
        return row
      }
      return
    }
    let right = state.rightAnswer
    let said = fanning.said.indices.contains(iteration) ? fanning.said[iteration] : [:]
    rows = said.map { token, count in
      let copies = fanning.copies.indices.filter {
        let said = fanning.copies[$0].said
        return said.indices.contains(iteration) && said[iteration] == token
      }
      let trace = fanning.said.map { Double($0[token] ?? 0) / total }
      guard let token else {
        return FanAnswers.Answer(
          answer: nil, label: "not finite", mark: state.glyphs.diverged, style: .error,
          count: count, isRight: right.map { _ in false }, copies: copies, trace: trace)
      }
      let text = state.vocabulary?.text(token) ?? "#\(token)"
      let word = String(text.drop { $0 == " " })
      let answer = answers.beginning(with: word)
      return FanAnswers.Answer(
        answer: answer?.answer, label: state.visible(text), mark: answer?.mark ?? " ",
        style: answer?.style ?? .text, count: count,
        isRight: right.map { !word.isEmpty && $0.hasPrefix(word) }, copies: copies, trace: trace)
    }
    .sorted { ($1.count, $0.label) < ($0.count, $1.label) }
  }
}

extension Fanning {
  /// The share of copies whose likeliest token leads to each answer, from s₀ on; in the end that of those
  /// that gave it.  // of [iterations + 1]
  func traces(
    _ state: ExplorerState, _ answers: FanAnswers
  ) -> [Rollout.Answer?: [Double]] {
    let total = Double(max(1, copies.count))
    var traces: [Rollout.Answer?: [Double]] = [:]
    for answer in answers.all {
      traces[answer.answer] =
        Array(repeating: 0, count: max(0, said.count - 1))
        + [Double(answer.count) / total]
    }
    for (iteration, counts) in said.dropLast().enumerated() {
      for (token, count) in counts {
        let text = token.map { state.vocabulary?.text($0) ?? "#\($0)" } ?? ""
        let answer = answers.beginning(with: String(text.drop { $0 == " " }))?.answer
        traces[answer]?[iteration] += Double(count) / total
      }
    }
    return traces
  }

  /// The share of copies that say what most of them say, at every iteration.
  var agreement: [Double] {
    said.map { Double($0.values.max() ?? 0) / Double(max(1, copies.count)) }
  }

  /// Since when a copy has said what it says in the end.
  func since(_ copy: EnsembleCopy) -> Int? {
    guard let last = copy.said.last, let last else { return nil }
    return (copy.said.lastIndex { $0 != last } ?? 0) + 1
  }
}
