import Engine
import LatentModels
import Tensors
import Trajectories

/// A prompt with its answer behind it, from one start.
struct AnswerRun {
  let model: EvaluationModel
  let prompt: [Int]
  let answer: [Int]
  let start: Start
  let control: StepControl

  /// The last token of the answer is not needed: nothing is read after it.
  private var ids: [Int] { prompt + answer.dropLast() }

  /// Positions whose next token is the answer's.
  private var asked: Range<Int> { prompt.count - 1..<prompt.count - 1 + answer.count }

  /// What is read at some depths.
  func readings(_ depths: [Int]) throws -> [DepthReading] {
    let context = try model.model.begin(ids, Call(control: control))
    var state = try model.model.initialState(start, in: context)
    var readings: [DepthReading] = []
    var divergence: Divergence?
    for iteration in 1...(depths.last ?? 1) {
      let before = state
      state = try model.model.step(before, in: context, Call(control: control))
      if divergence == nil {
        divergence = try located(from: before, context) { () throws(Divergence) in
          try Divergence.check(states: state.rows, iteration: iteration)
        }
      }
      guard depths.contains(iteration) else { continue }
      // [answer tokens, vocabulary]
      let logits = try model.model.readout(
        state, in: context, positions: asked, Call(control: control))
      guard Operations.isFinite(logits.values) else {
        let isReadAtEach = depths.prefix(iteration).elementsEqual(1...iteration)
        if divergence == nil, !isReadAtEach {
          // It may have begun where nothing was read out: once more, reading at every iteration.
          divergence = try self.readings(Array(1...iteration)).compactMap(\.divergence).first
        } else if divergence == nil {
          divergence = try located(from: state, context) { () throws(Divergence) in
            try Divergence.check(
              logits: logits, firstToken: asked.lowerBound, iteration: iteration)
          }
        }
        readings.append(
          DepthReading(
            answer: [], entropy: 0, isFinite: false, isRight: false, divergence: divergence))
        continue
      }
      let said = (0..<logits.rows).map { Operations.topK(logits.row($0), count: 1)[0].id }
      readings.append(
        DepthReading(
          answer: said,
          entropy: ProblemRecord.ticks(Operations.softmaxStatistics(logits.row(0)).entropy),
          isFinite: true, isRight: try isRight(said, at: iteration)))
    }
    return readings
  }

  /// What a check finds, with where inside the model it began.
  private func located(
    from state: LatentState, _ context: PromptContext, _ check: () throws(Divergence) -> Void
  ) throws -> Divergence? {
    do {
      try Divergence.locating(
        in: model.model, from: state, of: context, Call(control: control),
        prelude: { _ = try model.model.begin(ids, after: nil, $0) }, check: check)
      return nil
    } catch let divergence as Divergence {
      return divergence
    }
  }

  /// The same, with everything kept that exit rules look at.
  func recorded(_ depths: [Int]) throws -> (Trajectory, [DepthReading]) {
    let recorder = try Recorder(
      model: model.model, ids: ids, start: start, candidates: 1, control: control)
    let tokens = ids.map { Token(id: $0, text: "", isSpecial: false) }
    var trajectory = try recorder.begin(prompt: "", tokens: tokens, start: "", control: control)
    for _ in 1...(depths.last ?? 1) {
      trajectory.append(try recorder.advance(control: control))
    }
    // Once more, to look inside; only then.
    let divergence = try trajectory.divergence.flatMap {
      try self.readings(Array(1...max(1, $0.at.iteration))).compactMap(\.divergence).first ?? $0
    }
    let readings = try depths.map { depth in
      let readings = asked.map { trajectory.steps[depth].readings[$0] }
      let said = readings.compactMap(\.argmax)
      guard said.count == answer.count, let entropy = readings[0].entropy else {
        return DepthReading(
          answer: [], entropy: 0, isFinite: false, isRight: false, divergence: divergence)
      }
      return DepthReading(
        answer: said, entropy: ProblemRecord.ticks(Double(entropy)), isFinite: true,
        isRight: try isRight(said, at: depth))
    }
    return (trajectory, readings)
  }

  /// Whether what is said is the answer: the same tokens, or others that spell the same text.
  private func isRight(_ said: [Int], at depth: Int) throws -> Bool {
    guard let place = zip(said, answer).enumerated().first(where: { $0.element.0 != $0.element.1 })
    else { return true }
    // Past the first other token what stands behind the prompt is not what the model would have
    // written. It may write the same text otherwise, in other pieces.
    let wanted = model.text(answer, after: prompt)
    var written = answer[..<place.offset] + [said[place.offset]]
    while written.count <= wanted.count {
      let text = model.text(Array(written), after: prompt)
      if text == wanted { return true }
      guard Self.begins(wanted, with: text) else { return false }
      guard let next = try next(after: prompt + written, at: depth) else { return false }
      written.append(next)
    }
    return false
  }

  /// Whether one text begins with another, whose last letter may not be whole yet.
  private static func begins(_ text: [UInt8], with beginning: [UInt8]) -> Bool {
    var whole = beginning[...]
    let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
    while whole.suffix(3).elementsEqual(replacement) { whole = whole.dropLast(3) }
    return text.starts(with: whole)
  }

  private func next(after ids: [Int], at depth: Int) throws -> Int? {
    let context = try model.model.begin(ids, Call(control: control))
    var state = try model.model.initialState(start, in: context)
    for _ in 0..<depth { state = try model.model.step(state, in: context, Call(control: control)) }
    let logits = try model.model.readout(
      state, in: context, positions: ids.count - 1..<ids.count, Call(control: control))
    guard Operations.isFinite(logits.values) else { return nil }
    return Operations.topK(logits.row(0), count: 1)[0].id
  }

  /// Every token of the answer leaves where the rule says so, looking at what stands before it; all
  /// must be those of the answer.
  func exit(_ choice: ExitChoice, of trajectory: Trajectory) -> ProblemRecord.Exit {
    var exit = ProblemRecord.Exit(right: 1, tokens: answer.count)
    for (index, token) in answer.enumerated() {
      let last = asked.lowerBound + index
      let stop =
        choice.rule.firstExit(
          trajectory, threshold: choice.threshold, scope: choice.scope, through: last)
        ?? trajectory.lastIteration
      exit.iterations += stop
      let said = trajectory.steps[stop].readings[last].argmax
      if said == nil { exit.finite = 0 }
      if said != token { exit.right = 0 }
      let positions = index == 0 ? 0..<prompt.count : last..<last + 1
      exit.flops += model.cost.flops(
        positions: positions, iterations: stop,
        readouts: choice.rule.readsPrediction ? stop : 1,
        heads: choice.rule.readsPrediction && choice.scope != .last ? positions.count : 1)
    }
    if exit.finite == 0 { exit.right = 0 }
    return exit
  }
}
