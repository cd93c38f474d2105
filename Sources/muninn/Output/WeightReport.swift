import Checkpoints
import Foundation
import Tensors

/// Lays out what the weights of a checkpoint come to, and which of them are like none of their siblings.
struct WeightReport {
  let statistics: [WeightStatistics]
  /// Tensors named at most where they differ.
  private static let most = 12

  /// - Parameters:
  ///   - checkpoint: whose tensors are read, by name.
  ///   - progress: told bytes read and bytes in all.
  init(
    _ checkpoint: Checkpoint, team: ThreadTeam, progress: (Int, Int) throws -> Void
  ) rethrows {
    let tensors = checkpoint.tensors.values.sorted {
      $0.name.compare($1.name, options: .numeric) == .orderedAscending
    }
    statistics = try WeightStatistics.measure(tensors, team: team, progress: progress)
  }

  var lines: [String] { table + notFinite + different }

  private var table: [String] {
    let width = (statistics.map(\.name.count).max() ?? 0) + 2
    let heading =
      pad("weights", 13) + pad("tensor", width)
      + ["min", "max", "rms", "NaN", "infinite", "zero rows"].map { lead($0, 11) }.joined()
    return [heading]
      + statistics.map { one in
        pad("", 13) + pad(one.name, width)
          + [
            number(one.minimum.map(Double.init)), number(one.maximum.map(Double.init)),
            number(one.rms), "\(one.nanCount)", "\(one.infiniteCount)",
            one.tensor.shape.count >= 2 ? "\(one.zeroRows)" : "-",
          ].map { lead($0, 11) }.joined()
      }
  }

  private var notFinite: [String] {
    statistics.compactMap { one in
      one.firstNonFinite.map { first in
        let place = one.tensor.shape.reversed().reduce(into: (rest: first, index: [Int]())) {
          $0.index.insert($0.rest % $1, at: 0)
          $0.rest /= $1
        }.index
        return label("not finite")
          + "\(one.name): \(one.nanCount) NaN, \(one.infiniteCount) infinite, the first at \(place)"
      }
    }
  }

  private var different: [String] {
    let found = WeightOutliers.find(statistics)
    guard !found.isEmpty else {
      return [label("differs") + "nothing stands out among tensors with the same role"]
    }
    return found.prefix(Self.most).map { label("differs") + words($0) }
      + (found.count > Self.most ? [label("") + "and \(found.count - Self.most) more"] : [])
  }

  /// `transformer.core_block.2.mlp.proj.weight: rms 40 × its siblings' (0.8; 0.02 is the median of 7)`.
  private func words(_ one: WeightOutlier) -> String {
    let siblings = one.siblings == 1 ? "its one sibling" : "the median of \(one.siblings) siblings"
    switch one.measure {
    case "zero rows":
      return "\(one.tensor): \(Int(one.value)) rows of zeros, \(siblings) has \(Int(one.usual))"
    case "mean over rms":
      return "\(one.tensor): mean \(number(one.value)) of its rms, \(siblings) \(number(one.usual))"
    default:
      let ratio = one.value / one.usual
      let times =
        ratio >= 1 ? "\(number(ratio)) times" : "1/\(number(1 / ratio)) of"
      return "\(one.tensor): \(one.measure) \(number(one.value)), \(times) \(siblings)"
        + (one.siblings == 1 ? " (which of the two is off is not told by two)" : "")
    }
  }

  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.4g", $0) } ?? "-"
  }

  private func label(_ text: String) -> String { pad(text, 13) }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func lead(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }
}
