import Engine
import Exports
import Glibc
import Synchronization
import Trajectories

@testable import Explorer

/// A compute side that plays `ScriptedRun`: a test double, answering at once or after a while.
final class ScriptedCompute: ComputeService {
  private struct Inside {
    var events: [ComputeEvent] = []
    var runs: [Lineage: ScriptedRun.Passage] = [:]
    var fits: [Lineage: ProjectionFit] = [:]
    var requests: [ComputeRequest] = []
    var dropped: [Asked] = []
    /// Runs whose steps tell how far predictions are from the last.
    var followed: Set<Lineage> = []
    /// What steps tell of the vocabulary.
    var watched: [Int] = []

    /// A run as it begins; where there is one already that stays.
    mutating func begin(_ beginning: Beginning) -> Begun {
      let cause =
        switch beginning {
        case .prompt(let cause): cause
        case .source(.text(let text), let start):
          PromptCause(
            text: text, ids: ScriptedRun.tokens(text).map(\.id), start: start.resolved(.seed(0)))
        case .source(.ids(let ids), let start):
          PromptCause(text: nil, ids: ids, start: start.resolved(.seed(0)))
        }
      let script = ScriptedRun.script(cause)
      let tokens =
        cause.text.map(ScriptedRun.tokens) ?? cause.ids.map(ScriptedRun.vocabulary.token)
      let trajectory = ScriptedRun.trajectory(
        cause.text ?? "", iterations: 0, seed: script, tokens: tokens)
      if runs[Lineage(cause)] == nil {
        runs[Lineage(cause)] = ScriptedRun.Passage(
          trajectory: trajectory, firstToken: 0, seed: script)
      }
      return Begun(cause, trajectory)
    }

    func path(_ lineage: Lineage) -> [ScriptedRun.Passage] {
      var path: [ScriptedRun.Passage] = []
      var next: Lineage? = lineage
      while let here = next {
        if let run = runs[here] { path.append(run) }
        next = here.parent
      }
      return path.reversed()
    }

    /// Of the text, or of what it goes on from.
    func fit(_ lineage: Lineage) -> ProjectionFit? {
      fits[lineage] ?? lineage.parent.flatMap(fit)
    }

    func places(_ iteration: Int, _ lineage: Lineage) -> PlanePlaces? {
      guard let run = runs[lineage], fit(lineage) != nil else { return nil }
      return PlanePlaces(
        coordinates: ScriptedRun.coordinates(iteration, tokens: run.tokens),
        spread: ScriptedRun.spread(path(lineage)))
    }
  }

  private let inside = Mutex(Inside())
  private let ends: (read: Int32, write: Int32)
  private let stepSeconds: Double
  /// Readouts take long: s₀ comes without its own.
  private let isLong: Bool

  init(stepSeconds: Double = 0, isLong: Bool = false) {
    self.isLong = isLong
    var both: [Int32] = [-1, -1]
    precondition(pipe(&both) == 0)
    for end in both { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    ends = (both[0], both[1])
    self.stepSeconds = stepSeconds
    post([.opened(ScriptedRun.model, ScriptedRun.vocabulary)])
  }

  var readyDescriptor: Int32 { ends.read }
  var requests: [ComputeRequest] { inside.withLock { $0.requests } }
  var dropped: [Asked] { inside.withLock { $0.dropped } }
  func drop(_ asked: Asked) { inside.withLock { $0.dropped.append(asked) } }

  func submit(_ request: ComputeRequest) {
    inside.withLock { $0.requests.append(request) }
    if case .watch(let ids) = request {
      inside.withLock { $0.watched = ids }
      return
    }
    guard stepSeconds > 0, case .step = request else {
      post(answers(request))
      return
    }
    let seconds = stepSeconds
    Task.detached {
      try? await Task.sleep(for: .seconds(seconds))
      self.post(self.answers(request))
    }
  }

  /// What a step is told with, and itself.
  private func answers(_ request: ComputeRequest) -> [ComputeEvent] {
    let event = answer(request)
    guard case .step(let key, _, _, _) = request else { return [event] }
    return inside.withLock { inside in
      guard inside.followed.contains(key.lineage), let run = inside.runs[key.lineage] else {
        return [event]
      }
      return [.arrived(key.node, [ScriptedRun.arrival(run.trajectory)]), event]
    }
  }

  private func answer(_ request: ComputeRequest) -> ComputeEvent {
    inside.withLock { inside in
      switch request {
      case .begin(let run, let prompt, let start):
        let begun = inside.begin(.source(prompt, start))
        guard isLong else { return .began(run, begun.cause, begun.trajectory) }
        let whole = begun.trajectory
        return .began(
          run, begun.cause,
          Trajectory(
            prompt: whole.prompt, tokens: whole.tokens, start: whole.start,
            initial: whole.steps[0].unread))
      case .readStart(let key):
        return .startRead(key.node, inside.runs[key.lineage]?.trajectory.steps[0].readings ?? [])
      case .beginTogether(let run, let beginnings):
        return .begunTogether(run, beginnings.map { inside.begin($0) })
      case .step(let key, let next, _, let measuring):
        guard let live = inside.runs[key.lineage] else {
          return .failed(.run(key.node), message: "nothing has begun")
        }
        let step = ScriptedRun.step(
          next, tokens: live.trajectory.tokens, firstToken: live.firstToken, seed: live.seed,
          watched: inside.watched)
        let distances = ScriptedRun.distances(
          live.tokens.count, to: next, firstToken: live.firstToken)
        if next == live.trajectory.lastIteration + 1 {
          inside.runs[key.lineage]?.trajectory.append(step)
        }
        return .stepped(
          key.node, step, distanceToLast: measuring ? distances : nil,
          places: inside.places(next, key.lineage))
      case .stepTogether(let keys, let next):
        return .steppedTogether(
          keys.compactMap { key in
            guard let live = inside.runs[key.lineage] else { return nil }
            let step = ScriptedRun.step(next, tokens: live.trajectory.tokens, seed: live.seed)
            if next == live.trajectory.lastIteration + 1 {
              inside.runs[key.lineage]?.trajectory.append(step)
            }
            return NodeStep(key.node, step)
          })
      case .spread(let keys, let iterations):
        return .spread(
          keys.map(\.node), from: iterations.lowerBound, iterations.map { 4 / Float(1 + $0 * $0) })
      case .measure(let key, _):
        return .measured(
          key.node,
          inside.path(key.lineage).map {
            ScriptedRun.distances(
              $0.tokens.count, to: $0.trajectory.lastIteration, firstToken: $0.firstToken)
          })
      case .arrive(let key, _):
        inside.followed.insert(key.lineage)
        return .arrived(
          key.node, inside.path(key.lineage).map { ScriptedRun.arrival($0.trajectory) })
      case .compare(let a, let b, let iteration, let last):
        return .compared(
          a.node, b.node, at: iteration,
          ScriptedRun.apart(inside.path(a.lineage), inside.path(b.lineage), iteration, last))
      case .sharePlane(let keys, let token, let from, let last):
        let first = from ?? keys.map { _ in 0 }
        let paths = zip(zip(keys, last), first).map { key, first in
          ScriptedRun.path(inside.path(key.0.lineage), token: token, from: first, upTo: key.1)
        }
        let plane = SharedPlane(
          token: token, explainedVarianceRatio: [0.61, 0.27, 0.05, 0.03, 0.02, 0.01],
          fitted: paths.map(\.count), paths: paths)
        return .shared(keys.map(\.node), plane, from: first)
      case .inside(let key, let row, let iteration, let watched):
        guard let run = inside.runs[key.lineage] else {
          return .failed(.inside, message: "nothing has begun")
        }
        return .inside(key.node, ScriptedRun.inside(run, row: row, iteration, watched: watched))
      case .depth(let key, let iteration, let rows):
        guard let run = inside.runs[key.lineage] else {
          return .failed(.depth, message: "nothing has begun")
        }
        return .depth(key.node, ScriptedRun.depth(run, iteration, rows: rows))
      case .attention(let key, let iteration, let place):
        guard let run = inside.runs[key.lineage] else {
          return .failed(.attention, message: "nothing has begun")
        }
        return .attention(key.node, ScriptedRun.attention(run, iteration, place))
      case .export(let question):
        let runs = question.source.runs.map { run in
          ExportedRuns.Run(
            number: run.number, origin: run.origin, words: run.words, trajectory: run.trajectory,
            texts: run.trajectory.tokens.map(\.text))
        }
        return .exported(
          question,
          ExportedRuns(
            model: ScriptedRun.model.name, program: "", parts: [], runs: runs,
            current: question.source.current, vocabulary: TokenTexts(ScriptedRun.vocabulary)))
      case .watch: return .cancelled(.standings)
      case .save(let order): return .saved(order.path, bytes: 4096)
      case .open: return .failed(.file, message: "no file is there")
      case .standings(let ids, let key, let iteration, let rows):
        guard let run = inside.runs[key.lineage] else {
          return .failed(.standings, message: "nothing has begun")
        }
        let readings = run.trajectory.steps[iteration].readings
        return .standings(
          key.node, at: iteration, first: rows.lowerBound,
          rows.map { row in ids.map { ScriptedRun.standing($0, in: Array(readings[row].top)) } })
      case .causalMap(let question): return .causalMap(ScriptedRun.causalMap(question))
      case .causalCells(let map, let cells):
        let effects = cells.map { ($0, ScriptedRun.effect(of: $0, map)) }
        return .causalCells(map.question, Dictionary(uniqueKeysWithValues: effects))
      case .ensemble(let question, let range): return .ensemble(ScriptedRun.chunk(question, range))
      case .judge(let question, let range): return ScriptedRun.judged(question, range)
      case .beam(let question): return .searched(ScriptedRun.beam(question))
      case .append(let key, let iteration, let choice):
        guard let from = inside.runs[key.lineage] else {
          return .failed(.run(key.node), message: "nothing has begun")
        }
        let said = from.trajectory.steps[iteration].readings.last?.best
        var token = Token(id: said?.id ?? 0, text: said?.text ?? "", isSpecial: false)
        var sampling: Sampling?
        switch choice {
        case .chosen(let id): token = ScriptedRun.vocabulary.token(id)
        case .said(let how): sampling = how
        }
        let fork = Fork(node: key.node, iteration: iteration)
        if sampling != nil, token.id == ScriptedRun.stop { return .ended(fork, token) }
        let cause = TokenCause(id: token.id, sampling: sampling)
        let child = key.lineage.appending(cause, at: iteration)
        let first = from.tokens.upperBound
        let begun = ScriptedRun.trajectory(
          "", iterations: 0, seed: from.seed, tokens: [token], firstToken: first)
        if inside.runs[child] == nil {
          inside.runs[child] = ScriptedRun.Passage(
            trajectory: begun, firstToken: first, seed: from.seed)
        }
        return .appended(fork, cause, begun, places: inside.places(0, child))
      case .edit(let key, let cause):
        guard let from = inside.runs[key.lineage] else {
          return .failed(.run(key.node), message: "nothing has begun")
        }
        let edited = key.lineage.appending(cause)
        let begun = ScriptedRun.trajectory(
          from.trajectory.prompt, iterations: 0, seed: from.seed + 5,
          tokens: from.trajectory.tokens,
          firstToken: from.firstToken)
        if inside.runs[edited] == nil {
          inside.runs[edited] = ScriptedRun.Passage(
            trajectory: begun, firstToken: from.firstToken, seed: from.seed + 5)
        }
        return .edited(key.node, cause, begun)
      case .copy(let key, let cause):
        guard let from = inside.runs[key.lineage] else {
          return .failed(.run(key.node), message: "nothing has begun")
        }
        let copy = key.lineage.appending(cause)
        let begun = ScriptedRun.trajectory(
          from.trajectory.prompt, iterations: 0, seed: from.seed + 9,
          tokens: from.trajectory.tokens, firstToken: from.firstToken)
        if inside.runs[copy] == nil {
          inside.runs[copy] = ScriptedRun.Passage(
            trajectory: begun, firstToken: from.firstToken, seed: from.seed + 9)
        }
        return .copied(key.node, cause, begun)
      case .motion(let key, let rows, let window):
        guard let run = inside.runs[key.lineage] else {
          return .failed(.motion, message: "nothing has begun")
        }
        return .moved(
          key.node, rows: rows, window: window,
          rows.map { ScriptedRun.motion(token: run.firstToken + $0, window) })
      case .stretch(let key, let window):
        var found = LocalStretch(iteration: window.upperBound)
        let tokens = inside.runs[key.lineage]?.tokens.count ?? 0
        found.radii = (0..<tokens).map { 0.9 - 0.01 * Double($0) }
        found.singularValue = 1.42
        found.exponents = [-0.31, -0.29, -0.3]
        found.growthDeviation = 0.05
        return .stretched(key.node, window: window, found, done: 3, total: 3)
      case .project(let key, let fit, _, _):
        let passages = inside.path(key.lineage)
        let last = passages.last?.trajectory.lastIteration ?? 0
        let used =
          fit ?? inside.fit(key.lineage) ?? ProjectionFit(token: nil, iterations: 0...last)
        inside.fits[key.lineage] = used
        return .projected(key.node, ScriptedRun.projection(passages, fit: used))
      }
    }
  }

  private func post(_ events: [ComputeEvent]) {
    inside.withLock { $0.events += events }
    var byte: UInt8 = 1
    _ = write(ends.write, &byte, 1)
  }

  func cancel() {}
  func settle() {}
  var isIdle: Bool { inside.withLock { $0.events.isEmpty } }

  func takeEvents() -> [ComputeEvent] {
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(ends.read, &bytes, bytes.count) > 0 {}
    return inside.withLock { inside in
      defer { inside.events = [] }
      return inside.events
    }
  }

  func shutDown() {}
}

extension Step {
  /// The same before anything was read out of it.
  var unread: Step { reading(readings.map { _ in .unread }) }
}
