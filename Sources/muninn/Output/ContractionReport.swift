import ArgumentParser
import LatentModels

/// How a diagonal injection makes states decay, channel by channel, in columns that other programs read:
/// words without blanks, blanks between them.
struct ContractionReport {
  private let injection: DiagonalInjection
  private let iterations: Int

  /// - Throws: `ValidationError` for models whose injection has no such numbers.
  init(_ facts: ModelFacts) throws {
    guard let injection = facts.injection else {
      throw ValidationError(
        "\(facts.family) has no diagonal injection whose contraction the weights would say; models of "
          + "Parcae do.")
    }
    self.injection = injection
    iterations = facts.defaultIterations
  }

  /// A heading, a line a channel, the slowest first.
  var lines: [String] {
    [row(["channel", "keeps", "half-life", "takes", "settles", "left-after-\(iterations)"])]
      + injection.slowestFirst.map { channel in
        row(
          ["\(channel)"]
            + [
              Double(injection.decay[channel]), injection.halfLife(of: channel),
              Double(injection.step[channel]), injection.gain(of: channel),
              injection.left(of: channel, after: iterations),
            ].map { $0.map { "\(Float($0))" } ?? "never" })
      }
  }

  private func row(_ cells: [String]) -> String {
    let padded = cells.map { $0 + String(repeating: " ", count: max(1, 15 - $0.count)) }.joined()
    return "contraction  " + String(padded.reversed().drop { $0 == " " }.reversed())
  }
}
