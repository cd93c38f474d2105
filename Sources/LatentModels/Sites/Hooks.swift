import Tensors

/// What lies at a site when a model comes by.
public struct SiteValue: Sendable {
  public let site: Site
  /// The iteration that runs, from 1; 0 in the prelude; in the coda that of the state it reads.
  public let iteration: Int
  /// Which row is which token; for attention weights the rows of one sequence.
  public let places: Places
  /// For attention weights the sequence whose they are; else nil.
  public let sequence: Int?
  /// A copy.  // as the kind of the site says
  public let values: Matrix

  package init(site: Site, iteration: Int, places: Places, sequence: Int?, values: Matrix) {
    self.site = site
    self.iteration = iteration
    self.places = places
    self.sequence = sequence
    self.values = values
  }
}

/// What becomes of one row at a site.
public enum RowEdit: Sendable, Equatable {
  /// Other values; what was there counts no more.
  case replace([Float])  // [columns]
  /// x + these.
  case add([Float])  // [columns]
  /// x ⊙ these.
  case multiply([Float])  // [columns]
}

/// A change at a site, row by row; rows that are not named stay as they are, to the bit. In training,
/// gradients go back through it: none through what was replaced, all through what was added to.
public struct SiteEdit: Sendable, Equatable {
  /// In order; a row may be named more than once.
  public var rows: [(row: Int, edit: RowEdit)]

  public init(rows: [(row: Int, edit: RowEdit)] = []) { self.rows = rows }

  public static func == (a: SiteEdit, b: SiteEdit) -> Bool {
    a.rows.count == b.rows.count
      && zip(a.rows, b.rows).allSatisfy { $0.row == $1.row && $0.edit == $1.edit }
  }
}

/// Somebody who looks at sites of a model while it runs, or rewrites what lies there.
public struct Hook: Sendable {
  /// What it does where it is.
  public enum Act: Sendable {
    case read(@Sendable (SiteValue) -> Void)
    /// Returns nil to leave everything as it is.
    case rewrite(@Sendable (SiteValue) -> SiteEdit?)
    /// The same change told twice: carried out on all rows where they lie, which is what inference
    /// does, and as an edit, for those who have to know what it was, such as gradients. Both give the
    /// same bits.
    case rewriteInPlace(
      @Sendable (borrowing SiteRows) -> Void, edit: @Sendable (SiteValue) -> SiteEdit?)
  }

  /// Whether it wants to be called at a site.
  public let isAt: @Sendable (Site) -> Bool
  public let act: Act

  public init(at isAt: @escaping @Sendable (Site) -> Bool, _ act: Act) {
    self.isAt = isAt
    self.act = act
  }

  /// Looks at certain sites.
  public static func reading(
    _ sites: Set<Site>, _ body: @escaping @Sendable (SiteValue) -> Void
  ) -> Hook {
    Hook(at: { sites.contains($0) }, .read(body))
  }

  /// Rewrites what lies at certain sites.
  public static func rewriting(
    _ sites: Set<Site>, _ body: @escaping @Sendable (SiteValue) -> SiteEdit?
  ) -> Hook {
    Hook(at: { sites.contains($0) }, .rewrite(body))
  }
}

/// Hooks in the order in which they are called: each sees what those before it left.
public struct Hooks: Sendable {
  /// What goes on at a site.
  package enum Watch: Sendable, Comparable {
    case nobody
    case reads
    case rewrites
  }

  public let all: [Hook]

  public init(_ all: [Hook]) { self.all = all }

  /// Nobody looks.
  public static let none = Hooks([])

  package var isEmpty: Bool { all.isEmpty }

  package func watch(_ site: Site) -> Watch {
    if all.isEmpty { return .nobody }
    var watch = Watch.nobody
    for hook in all where hook.isAt(site) {
      if case .read = hook.act { watch = .reads } else { return .rewrites }
    }
    return watch
  }

  /// Calls every hook at a site.
  /// - Parameters:
  ///   - value: what lies there now; asked again after every change.
  ///   - rows: what lies there, where it lies; nil where changes have to be edits.
  ///   - change: carries an edit out.
  package func visit(
    _ site: Site, value: () -> SiteValue, rows: () -> SiteRows? = { nil },
    change: (SiteEdit) -> Void
  ) {
    var current: SiteValue?
    func seen() -> SiteValue {
      let seen = current ?? value()
      current = seen
      return seen
    }
    func rewrite(_ body: (SiteValue) -> SiteEdit?) {
      guard let edit = body(seen()), !edit.rows.isEmpty else { return }
      change(edit)
      current = nil
    }
    for hook in all where hook.isAt(site) {
      switch hook.act {
      case .read(let body): body(seen())
      case .rewrite(let body): rewrite(body)
      case .rewriteInPlace(let body, let edit):
        if let rows = rows() {
          body(rows)
          current = nil
        } else {
          rewrite(edit)
        }
      }
    }
  }
}
