import Trajectories

/// What the plane is fitted on, and what it shows.
let planeCommands: [Command] = [
  Command(
    name: "components", title: "components",
    doc:
      "The next pair of principal components; a count takes that pair, `components 1 4` any two of six.",
    keys: [.character("p")], group: .plane, panes: [.plane], reason: needsProjection,
    parameters: [
      .line(
        "pair", "two components, such as 1 4, or the number of a pair", usual: "the next pair",
        takesCount: true, check: checkPair)
    ],
    perform: { state, given in choosePair(given, &state) }),
  Command(
    name: "basis", title: "basis",
    doc:
      "Fit the components on the selected token, on all tokens or on all branches: `basis token`, "
      + "`basis all`, `basis branches`, or the next of these.",
    keys: [.character("A")], group: .plane, only: .plane, panes: [.plane], reason: needsFit,
    parameters: [
      .choice("basis", PlaneBasis.allCases.map(\.rawValue), "what the fit is on", usual: "the next")
    ],
    perform: { state, given in
      let all = PlaneBasis.allCases
      let here = all.firstIndex(of: state.plane.basis) ?? 0
      var basis = all[(here + 1) % all.count]
      if let named = given.choice.flatMap(PlaneBasis.init) { basis = named }
      if basis == .branches, PlaneLook.otherTexts(state).isEmpty {
        guard given.choice == nil else {
          state.complain("there is one branch alone; r begins another, s changes a token")
          return []
        }
        basis = .token
      }
      state.plane.basis = basis
      state.planeShowsFamily = false
      return fit(PlaneLook.iterations(state), &state)
    }),
  Command(
    name: "refit", title: "refit",
    doc:
      "Fit the components anew on the same basis; a count leaves out the iterations before it, :refit "
      + "4-20 takes just those.",
    keys: [.character("P")], group: .plane, panes: [.plane], reason: needsFit,
    parameters: [
      .line(
        "iterations", "the first iteration, or a range such as 4-20", usual: "all",
        takesCount: true, check: checkFit)
    ],
    perform: { state, given in
      let all = PlaneLook.iterations(state)
      return fit(
        given.argument.flatMap { iterations($0, edge: all.upperBound) } ?? all, &state)
    }),
  Command(
    name: "all-tokens", title: "all tokens",
    doc: "Show the states of all tokens in the plane too, as dots, or the selected token alone.",
    keys: [.character("a")], group: .plane, panes: [.plane], reason: needsOneRun,
    perform: { state, _ in
      let hasFamily = FamilyLook.isAtHand(state)
      if hasFamily, !state.planeShowsAll, !state.planeShowsFamily {
        state.planeShowsFamily = true
        state.say("the runs from other starts in the plane too")
        return []
      }
      if hasFamily, state.planeShowsAll { state.planeShowsFamily = false }
      state.planeShowsAll.toggle()
      state.say(
        state.planeShowsAll
          ? "all tokens in the plane" : "the selected token alone in the plane")
      return []
    }),
  Command(
    name: "orbits", title: "orbits",
    doc:
      "Draw every path around its own mean, to the same length on every side: an orbit is a ring then. "
      + "Zoomed: three planes, of six components.",
    keys: [.character("o")], group: .plane, only: .plane, panes: [.plane],
    reason: needsProjection,
    perform: { state, _ in
      state.plane.isCentred.toggle()
      state.plane.showsWaterfalls = false
      state.say(
        state.plane.isCentred
          ? "orbits: every path around its own mean" : "paths where they lie")
      return []
    }),
  Command(
    name: "waterfalls", title: "waterfalls",
    doc:
      "Fill the screen with six components against the iteration: the selected token's in front of the "
      + "lines of all others, or of many the lowest and the highest.",
    keys: [.character("W")], group: .plane, only: .plane, panes: [.plane],
    reason: needsProjection,
    perform: { state, _ in
      state.plane.showsWaterfalls.toggle()
      if state.plane.showsWaterfalls { (state.zoom, state.focus) = (.plane, .plane) }
      state.say(
        state.plane.showsWaterfalls
          ? "each component against the iteration; W shows the plane again"
          : "the plane again; W shows each component")
      return []
    }),
]

private let needsProjection: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.projection == nil ? "the plane comes after 3 iterations; l computes one more" : nil)
}

private let needsFit: @Sendable (ExplorerState) -> String? = { state in
  needsOneRun(state) ?? Command.needsSettledRun(state)
    ?? (state.edge < 2 ? "a plane needs at least 2 iterations; l computes one more" : nil)
}

private func fit(
  _ iterations: ClosedRange<Int>, _ state: inout ExplorerState
) -> [Effect] {
  let words =
    switch state.plane.basis {
    case .token: "token \(state.cursor.token)"
    case .all: "all tokens"
    case .branches: "all branches, \(1 + PlaneLook.otherTexts(state).count)"
    }
  state.say("fitting on \(words), iterations \(iterations.lowerBound) to \(iterations.upperBound)")
  return PlaneLook.fit(iterations, &state)
}

private func choosePair(_ given: Arguments, _ state: inout ExplorerState) -> [Effect] {
  let count = state.projection?.components ?? 0
  let pairs = ComponentPair.pairs.filter { $0.up < count }
  guard !pairs.isEmpty else {
    state.complain("this fit has no pair of components; a longer run has more")
    return []
  }
  if let text = given.argument {
    state.plane.pair = pair(text, count, pairs) ?? state.plane.pair
    sayPair(&state)
    return []
  }
  let here = pairs.firstIndex(of: state.plane.pair)
  state.plane.pair = pairs[here.map { ($0 + 1) % pairs.count } ?? 0]
  sayPair(&state)
  return []
}

private func sayPair(_ state: inout ExplorerState) {
  state.say("the plane of \(state.plane.pair.words(state.glyphs))")
}

/// Two components by their numbers, or one of the pairs by its own; nil where there are none such.
private func pair(_ text: String, _ count: Int, _ pairs: [ComponentPair]) -> ComponentPair? {
  guard text.first?.isNumber == true else { return nil }
  let numbers = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { Int($0) ?? 0 }
  if numbers.count == 1, pairs.indices.contains(numbers[0] - 1) { return pairs[numbers[0] - 1] }
  guard numbers.count == 2, numbers[0] != numbers[1],
    numbers.allSatisfy({ (1...max(1, count)).contains($0) })
  else { return nil }
  return ComponentPair(across: numbers[0] - 1, up: numbers[1] - 1)
}

private let checkPair: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  let count = state.projection?.components ?? 0
  let pairs = ComponentPair.pairs.filter { $0.up < count }
  guard pair(text, count, pairs) == nil else { return nil }
  return ArgumentProblem(
    "components takes two of 1 to \(count), such as components 1 4, or one of \(pairs.count) pairs")
}

private let checkFit: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  let edge = PlaneLook.iterations(state).upperBound
  guard iterations(text, edge: edge) == nil else { return nil }
  return ArgumentProblem("refit takes iterations from 0 to \(edge), two at least, such as 4-20")
}

/// The iterations a fit is asked for: those from one on, or `FIRST-LAST`; nil when they are not there,
/// or are fewer than two.
private func iterations(_ text: String, edge: Int) -> ClosedRange<Int>? {
  let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
  let (first, last): (Int?, Int?) =
    switch bounds.count {
    case 1: (bounds[0], edge)
    case 2: (bounds[0], bounds[1])
    default: (nil, nil)
    }
  guard let first, let last, first >= 0, first < last, last <= edge else { return nil }
  return first...last
}
