import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import ParallelScaling

/// Distances between copies against those recomputed by the reference from the same thoughts.
@Suite struct PairwiseSpreadTests {
  private struct Ledger: Decodable {
    /// By the name of a measure, step by step.
    struct Samples: Decodable { let diversity: [String: [Double]] }
    struct Prompt: Decodable { let samples: Samples? }
    let prompts: [Prompt]
  }

  @Test func thoughtsOfTheReference() throws {
    let ledger = try JSONDecoder().decode(
      Ledger.self, from: Data(contentsOf: URL(filePath: Fixtures.path("coconut-tiny/golden.json"))))
    let file = try SafetensorsFile.open(Fixtures.path("coconut-tiny/golden.safetensors"))
    var checked = 0
    for (index, prompt) in ledger.prompts.enumerated() {
      guard let expected = prompt.samples?.diversity else { continue }
      let steps = try #require(expected["drift_ratio"])
      let thoughts = try file.tensor("p\(index).samples.thoughts").floats()  // [8, 6, width]
      let plain = try file.tensor("p\(index).det.thoughts").floats()  // [6, width]
      let width = plain.count / steps.count
      func path(_ values: ArraySlice<Float>) -> [[Float]] {
        let values = Array(values)
        return steps.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
      }
      let size = steps.count * width
      var spread = PairwiseSpread(plain: path(plain[...]))
      var running = RunningSpread(plain: path(plain[...]))
      for copy in 0..<thoughts.count / size {
        spread.add(path(thoughts[copy * size..<(copy + 1) * size]))
        running.add(path(thoughts[copy * size..<(copy + 1) * size]))
      }
      for (place, found) in spread.moments().enumerated() {
        let found = try #require(found)
        let moment = try #require(running.moment(place))
        for (name, value) in [
          ("mean_pairwise_cosine_distance", found.pairwiseCosineDistance),
          ("mean_pairwise_l2", found.pairwiseDistance), ("drift_norm", found.drift),
          ("dispersion_rms", found.dispersion), ("drift_ratio", found.driftRatio),
          ("top1_variance_fraction", found.largestShare),
          ("participation_ratio", found.participationRatio),
          ("effective_rank", found.effectiveRank), ("drift_norm", moment.drift),
          ("dispersion_rms", moment.dispersion), ("drift_ratio", moment.driftRatio),
        ] {
          let wanted = try #require(expected[name])[place]
          let value = try #require(value)
          #expect(abs(value - wanted) <= 1e-4 * abs(wanted), "\(name) at \(place)")
          checked += 1
        }
      }
    }
    #expect(checked >= 60)
  }

  /// More copies than it keeps change nothing.
  @Test func itIsOfTheFirst() throws {
    let plain: [[Float]] = [[0, 0], [1, 0]]
    var spread = PairwiseSpread(plain: plain, capacity: 2)
    #expect(spread.moments().allSatisfy { $0 == nil })
    for path: [[Float]] in [[[0, 0], [1, 1]], [[0, 0], [1, -1]]] { spread.add(path) }
    let before = spread.moments()
    spread.add([[9, 9], [9, 9]])
    #expect(spread.count == 2 && spread.moments() == before)
    #expect(before[1]?.pairwiseDistance == 2 && before[1]?.drift == 0)
    let one = Matrix(rows: 3, columns: 2, values: [0.1, 0.7, 0.1, 0.7, 0.1, 0.7])
    #expect(CopySpread(one)?.effectiveRank == nil && CopySpread(one)?.pairwiseDistance == 0)
    #expect(before[0]?.participationRatio == nil && before[1]?.participationRatio == 1)
  }
}
