import LatentModels
import RunFiles
import Trajectories

/// How a session is set up as a file has it, and back.
extension ExplorerState {
  /// What of it is worth finding again.
  var runSettings: RunSettings {
    var settings = RunSettings()
    settings.beside =
      switch beside {
      case .auto: "auto"
      case .none: "none"
      case .metric(let name): name
      }
    settings.speed = Self.speedNames[speedIndex]
    settings.loops = isLooping
    settings.told = presenting?.told.sorted()
    settings.cellWidth = cellWidth
    settings.showsText = showsText
    settings.plane = RunSettings.Plane(
      basis: plane.basis.rawValue, across: plane.pair.across, up: plane.pair.up,
      isCentred: plane.isCentred, showsWaterfalls: plane.showsWaterfalls)
    settings.breakpoints = breaking.points.map {
      RunSettings.Breakpoint(
        token: $0.token, condition: $0.place.map(words) ?? "\($0.condition)")
    }
    settings.search = breaking.search.map { "\($0)" }
    settings.soughtText = breaking.text
    settings.exits = exits.rules.filter { !bench.isUsual($0) }.map { rule in
      let policy = bench.policy(rule)
      return RunSettings.Exit(
        rule: rule.name, threshold: policy.threshold, scope: policy.scope.rawValue,
        minimum: policy.minimumIterations)
    }
    settings.compared = other
    settings.cause = causing.pair.map { pair in
      RunSettings.Cause(
        clean: pair.clean, corrupted: pair.corrupted, last: pair.last, kind: causing.kind.rawValue,
        site: causing.site.map { "\($0)" }, measure: causing.measure.rawValue)
    }
    return settings
  }

  /// Causal maps, that of the pair looked at last first.
  var savedMaps: [CausalMap] {
    let clean = causing.pair.flatMap { runs.tree.lineage(of: $0.clean) }
    let maps = causing.known.values.sorted {
      ($0.clean == clean ? 0 : 1, $1.computedCount) < ($1.clean == clean ? 0 : 1, $0.computedCount)
    }
    return maps
  }

  /// Sets a session up as a file says. What this program does not know of it stays as it is.
  /// - Parameter keepsSpeed: whether the speed was asked for otherwise.
  mutating func take(_ settings: RunSettings, keepsSpeed: Bool) {
    switch settings.beside {
    case nil: break
    case "auto"?: beside = .auto
    case "none"?: beside = .none
    case let name?: if metrics.contains(where: { $0.name == name }) { beside = .metric(name) }
    }
    if !keepsSpeed, let speed = settings.speed.flatMap({ Self.speedNames.firstIndex(of: $0) }) {
      speedIndex = speed
    }
    isLooping = settings.loops ?? isLooping
    presenting = settings.told.map { Presenting(told: Set($0.filter(runs.tree.contains))) }
    cellWidth = settings.cellWidth.flatMap { (1...40).contains($0) ? $0 : nil }
    showsText = settings.showsText ?? showsText
    if let saved = settings.plane {
      var look = PlaneLook()
      look.basis = PlaneBasis(rawValue: saved.basis) ?? .all
      let pair = ComponentPair(across: saved.across, up: saved.up)
      if pair.components.allSatisfy((0..<Projector.componentCount).contains),
        pair.across != pair.up
      {
        look.pair = pair
      }
      (look.isCentred, look.showsWaterfalls) = (saved.isCentred, saved.showsWaterfalls)
      plane = look
    }
    for point in (settings.breakpoints ?? []).prefix(100) where point.token >= 0 {
      if let stop = try? StopParameter.read(point.condition, self) {
        _ = breaking.add(stop, token: point.token)
      }
    }
    breaking.search = settings.search.flatMap { try? ConditionParameter.read($0, self) }
    breaking.text = settings.soughtText.map { String($0.prefix(1000)) }
    bench = ExitBench()
    for exit in settings.exits ?? [] {
      guard let rule = exits.rules.first(where: { $0.name == exit.rule }),
        let scope = ExitRule.Scope(rawValue: exit.scope), exit.threshold.isFinite,
        (0...Playback.maximumIterations).contains(exit.minimum)
      else { continue }
      var policy = ExitPolicy(rule, threshold: exit.threshold, scope: scope)
      policy.minimumIterations = exit.minimum
      bench.set(policy)
    }
    comparing.other = settings.compared
    if let saved = settings.cause, runs.tree.contains(saved.clean),
      runs.tree.contains(saved.corrupted), saved.clean != saved.corrupted,
      (1...Playback.maximumIterations).contains(saved.last)
    {
      causing.pair = CausePair(clean: saved.clean, corrupted: saved.corrupted, last: saved.last)
      causing.kind = CausalMap.Kind(rawValue: saved.kind) ?? .hold
      causing.measure = CausalMap.Measure(rawValue: saved.measure) ?? .logitDifference
      causing.site = saved.site.flatMap { Site($0) }
    }
  }
}
