import LatentModels

extension PerturbationKind {
  /// Noise that somebody else drew, for runs that are held against theirs; in no table.
  /// - Parameter noise: of a copy's number and an iteration, from 1; nil for none.  // [width]
  package static func given(
    _ noise: @escaping @Sendable (_ copy: Int, _ iteration: Int) -> [Float]?
  ) -> PerturbationKind {
    PerturbationKind(
      name: "given", explanation: "noise that was drawn elsewhere",
      strength: Strength(unit: "factor", range: 0..<2, isAbsolute: true), changesInput: true
    ) { acting in
      guard acting.iteration > 0, acting.isOfThoughts else { return [] }
      return [
        .rewriting([.adapter]) { value in
          SiteEdit(
            rows: (0..<value.values.rows).compactMap { row in
              noise(acting.copies[value.places.place(of: row).sequence], acting.iteration)
                .map { (row, .add($0)) }
            })
        }
      ]
    }
  }
}
