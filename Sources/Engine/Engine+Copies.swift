import LatentModels
import Tensors
import Trajectories

/// An engine was asked for a copy of a run that was told of none.
public struct NoCopies: Error, Sendable, CustomStringConvertible {
  public let copy: CopyCause
  public var description: String { "\(copy) cannot be made: nothing here makes copies of runs." }
}

/// Copies of runs, made different by what is drawn on the way.
extension Engine {
  /// Begins a copy of a run. What is there already of it stays. Tokens that follow it are drawn in as
  /// those of the copy are, but for those of models that think behind the prompt alone.
  /// - Returns: what it is now, and its run so far, which is s₀.
  /// - Throws: `NoCopies`, what makers of copies throw, and as `begin`.
  public func copy(
    _ lineage: Lineage, _ cause: CopyCause, control: StepControl = .uninterrupted
  ) throws -> (Lineage, Trajectory) {
    try rerun(lineage.appending(cause), checkedAt: 1, control)
  }

  /// A copy of a run, at s₀; not kept yet.
  func open(
    _ cause: CopyCause, of parent: HeldRun, _ control: StepControl
  ) throws -> HeldRun {
    let changes = parent.changes + [.copy(cause)]
    var (context, start) = (parent.context, parent.nearest(upTo: 0))
    if !(try hooks(of: cause, at: 0, sequence: 0)).isEmpty {
      (context, start) = try beginAgain(parent, changes, control)
    }
    return hold(context, start.rows, inPlaceOf: parent, changes)
  }

  /// What of a run acts in the tokens that follow it.
  func inherited(from run: HeldRun) -> [HeldRun.Change] {
    // Thoughts are had once, and nothing is drawn behind them.
    guard model.facts.thoughts == nil else { return [] }
    return run.changes.filter { if case .copy = $0 { true } else { false } }
  }

  /// What a copy draws at an iteration, 0 being the prelude, in one of the sequences side by side.
  func hooks(of copy: CopyCause, at iteration: Int, sequence: Int) throws -> [Hook] {
    guard let copyHooks else { throw NoCopies(copy: copy) }
    return try copyHooks(copy, iteration, model).map { $0.acting(onSequence: sequence) }
  }
}

extension Hook {
  /// This, of one of the sequences side by side, as if that ran alone.
  fileprivate func acting(onSequence sequence: Int) -> Hook {
    let body: @Sendable (SiteValue) -> SiteEdit?
    switch act {
    case .read: return self
    // Told as an edit, which is of rows, and has the same bits.
    case .rewrite(let rewrite), .rewriteInPlace(_, edit: let rewrite): body = rewrite
    }
    return Hook(
      at: isAt,
      .rewrite { value in
        guard value.places.spans.count > 1 else { return body(value) }
        let span = value.places.spans[sequence]
        let own = SiteValue(
          site: value.site, iteration: value.iteration,
          places: Places(counts: [span.rows.count], after: [span.firstPosition]),
          sequence: value.sequence, values: value.values.rows(span.rows))
        return body(own).map { edit in
          SiteEdit(rows: edit.rows.map { ($0.row + span.rows.lowerBound, $0.edit) })
        }
      })
  }
}
