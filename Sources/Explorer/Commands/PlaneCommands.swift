import Trajectories

/// What the plane is fitted on, and what it shows.
let planeCommands: [Command] = [
  Command(
    name: "components", title: "components",
    doc:
      "The next pair of principal components; a count takes that pair, `components 1 4` any two of six.",
    keys: [.character("p")], group: .plane, panes: [.plane], reason: needsProjection,
    perform: { state, given in choosePair(given, &state) }),
  Command(
    name: "basis", title: "basis",
    doc:
      "Fit the components on the selected token, on all tokens or on all branches: `basis token`, "
      + "`basis all`, `basis branches`, or the next of these.",
    keys: [.character("A")], group: .plane, only: .plane, panes: [.plane], reason: needsFit,
    complete: { text, _ in
      let names = PlaneBasis.allCases.map(\.rawValue).filter { $0.hasPrefix(text) }
      return names.count == 1 ? names[0] : nil
    },
    perform: { state, given in
      let all = PlaneBasis.allCases
      let here = all.firstIndex(of: state.plane.basis) ?? 0
      var basis = all[(here + 1) % all.count]
      if let name = given.argument {
        guard let named = PlaneBasis(rawValue: name) else {
          let names = all.map(\.rawValue).joined(separator: ", ")
          let meant = Spelling.nearest(to: name, among: all.map(\.rawValue))
          state.complain(
            "basis takes \(names), not \"\(name)\"" + (meant.map { "; \($0)?" } ?? ""))
          return []
        }
        basis = named
      }
      if basis == .branches, PlaneLook.otherTexts(state).isEmpty {
        guard given.argument == nil else {
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
    perform: { state, given in
      let all = PlaneLook.iterations(state)
      guard let iterations = iterations(given, edge: all.upperBound) else {
        state.complain(
          "refit takes iterations from 0 to \(all.upperBound), two at least, such as 4-20")
        return []
      }
      return fit(iterations, &state)
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

private func choosePair(_ given: Invocation, _ state: inout ExplorerState) -> [Effect] {
  let count = state.projection?.components ?? 0
  let pairs = ComponentPair.pairs.filter { $0.up < count }
  guard !pairs.isEmpty else {
    state.complain("this fit has no pair of components; a longer run has more")
    return []
  }
  if let text = given.argument {
    let two = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { Int($0) ?? 0 }
    guard two.count == 2, two[0] != two[1], two.allSatisfy({ (1...count).contains($0) }) else {
      state.complain("components takes two of 1 to \(count), such as components 1 4")
      return []
    }
    state.plane.pair = ComponentPair(across: two[0] - 1, up: two[1] - 1)
    return []
  }
  if let number = given.count {
    guard pairs.indices.contains(number - 1) else {
      state.complain("there are \(pairs.count) pairs; :components 1 4 takes any two components")
      return []
    }
    state.plane.pair = pairs[number - 1]
    return []
  }
  let here = pairs.firstIndex(of: state.plane.pair)
  state.plane.pair = pairs[here.map { ($0 + 1) % pairs.count } ?? 0]
  return []
}

/// The iterations a fit is asked for: all so far, those from a count on, or `FIRST-LAST`; nil when
/// they are not there, or are fewer than two.
private func iterations(_ given: Invocation, edge: Int) -> ClosedRange<Int>? {
  let bounds = given.argument?.split(separator: "-").map { Int($0) }
  let (first, last): (Int?, Int?) =
    switch bounds?.count {
    case nil: (given.count ?? 0, edge)
    case 1: (bounds?[0], edge)
    case 2: (bounds?[0], bounds?[1])
    default: (nil, nil)
    }
  guard let first, let last, first >= 0, first < last, last <= edge else { return nil }
  return first...last
}
