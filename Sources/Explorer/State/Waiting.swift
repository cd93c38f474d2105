import Engine

/// What is known of work that takes long: a prompt of thousands of tokens on a large model begins, and goes
/// on, for minutes.
struct Waiting: Sendable {
  /// What the beginning that was asked for will take.
  var forecast: MemoryForecast?
  /// When the iteration on its way was asked for, in seconds of `now`.
  var since: Double?

  /// Takes in what will be needed, and says so where what is kept will not all find room.
  static func expect(_ forecast: MemoryForecast, _ state: inout ExplorerState) {
    state.waiting.forecast = forecast
    let target = state.usualTarget
    guard forecast.kept(iterations: target) > forecast.budget, isLarge(forecast) else { return }
    state.say(
      "\(forecast.tokens) tokens: an iteration keeps \(Numbers.bytes(forecast.perIteration)), and there is "
        + "room for \(forecast.iterationsInFull); what is older is computed again when it is looked at"
    )
  }

  /// Whether the prompt alone takes what a person may want to know of.
  private static func isLarge(_ forecast: MemoryForecast) -> Bool {
    forecast.kept(iterations: 1) + forecast.scratch >= 1 << 28
  }

  /// What a prompt on its way comes to: how long it is, and what it takes.
  func words(_ iterations: Int) -> String? {
    guard let forecast, Self.isLarge(forecast) else { return nil }
    return
      "\(forecast.tokens) tokens, about \(Numbers.bytes(forecast.total(iterations: iterations))) of "
      + "memory"
  }
}

extension ExplorerState {
  /// Layers done of those on their way, with the blank before them: ` 1/2`.
  var layersWords: String { layers.map { " \($0.done)/\($0.total)" } ?? "" }

  /// The iteration on its way takes longer than one looks at it.
  var isLongWaited: Bool { waiting.since.map { now - $0 >= 0.25 } ?? false }

  /// What stands where there is no run yet.
  var waitingWords: String {
    if let loading { return loading.message }
    guard isBeginning else { return "no run yet" }
    let size = waiting.words(usualTarget)
    return "the prompt is read" + (size.map { ": " + $0 } ?? "")
      + (layers.map { ", layer \($0.done) of \($0.total)" } ?? "")
  }
}
