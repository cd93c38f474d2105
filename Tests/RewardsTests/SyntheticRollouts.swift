import Checkpoints
import Foundation
import Tensors

@testable import Rewards

/// Rollouts where one direction decides: right ones lie on one side of it, wrong ones on the other, and all
/// else is chance.
enum SyntheticRollouts {
  static func data(
    questions: Int, rollouts: Int = 4, steps: Int = 3, width: Int = 8, size: Float = 0.8,
    seed: UInt64 = 1
  ) -> RewardData {
    let random = PlacedRandom(seed: seed)
    let direction = random.at(0).normal(width)
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return RewardData(
      questions: (0..<questions).map { question in
        let place = random.at(UInt64(question + 1))
        let correct = (0..<rollouts).map { place.at(1).bits(UInt64($0)) % 10 < 4 }
        var states = place.at(2).normal(rollouts * steps * width)
        // What a question adds to all of its rollouts says nothing.
        let common = place.at(3).normal(width)
        for (index, value) in states.enumerated() {
          let side: Float = correct[index / (steps * width)] ? size : -size
          let own = side * 3 * direction[index % width] / length
          states[index] = value + common[index % width] + own
        }
        let labels = (0..<rollouts * steps).map { index -> Float in
          let noise = Float(place.at(4).bits(UInt64(index)) % 20) / 100
          return correct[index / steps] ? 0.7 + noise : noise
        }
        return RewardData.Question(
          ids: [question % 7 + 1, question % 11, question / 7], states: states, labels: labels,
          correct: correct)
      }, rollouts: rollouts, steps: steps, width: width)
  }

  /// A folder that is gone when the body is over.
  static func inFolder(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("muninn-rewards-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  /// All files of a folder and their bytes, but for the lock.
  static func files(_ path: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path)
    where name != ".lock" {
      files[name] = FileManager.default.contents(atPath: "\(path)/\(name)")
    }
    return files
  }
}
