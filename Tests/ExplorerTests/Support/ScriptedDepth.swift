import Trajectories

@testable import Explorer

/// Made-up readings behind blocks: undecided at first, sure in the end, of thoughts the sooner the later they
/// are.
extension ScriptedRun {
  static func depth(_ run: Passage, _ iteration: Int, rows: Range<Int>) -> DepthTable {
    let blocks = 3
    let first = iteration == 0 ? 1 : 0
    return DepthTable(
      iteration: iteration, rows: rows, firstBlock: first,
      cells: rows.map { row in
        (first...blocks).map { block in
          let said = block + iteration >= 4 ? "2" : ["a", "7", "8", "8"][block]
          let entropy = Float(5.5) / Float(1 + block + iteration)
          return DepthTable.Cell(
            reading: Reading(
              entropy: entropy, kl: nil,
              top: Candidates(
                [(id: Int(said.utf8.first ?? 0), probability: Float(0.9))], in: vocabulary),
              watched: []),
            added: block == first ? nil : 0.4 / Float(block + row % 3))
        }
      })
  }
}
