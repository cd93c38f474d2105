import Trajectories

/// The second metric beside the heat map.
enum BesideChoice: Sendable, Hashable {
  /// One that is of use beside the first, where there is room for both.
  case auto
  case none
  case metric(String)

  init(_ name: String) {
    switch name {
    case "auto": self = .auto
    case "none": self = .none
    default: self = .metric(name)
    }
  }

  /// Columns of the terminal from which one is shown unasked.
  static let roomy = 150
}

extension ExplorerState {
  /// The metric wanted beside the heat map; nil where none is. Whether there is room for it the pane knows.
  var besideMetric: Metric? {
    guard model?.thinksOnce != true, !isComparing, presenting == nil else { return nil }
    switch beside {
    case .none: return nil
    case .metric(let name): return metrics.first { $0.name == name && $0.name != metric.name }
    case .auto:
      guard size.width >= BesideChoice.roomy else { return nil }
      // How undecided a prediction is tells what the way to the last does not.
      return metric.name == Metric.entropy.name ? .arrival : .entropy
    }
  }

  /// What cells are coloured by.
  var shownMetrics: [Metric] { [metric] + (besideMetric.map { [$0] } ?? []) }
}
