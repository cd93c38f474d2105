import LatentModels
import Synchronization
import Tensors

extension Divergence {
  /// Where inside the model it began.
  public enum Origin: Sendable, Hashable {
    /// The first place in the order of computing that held NaN or infinity, or numbers whose squares
    /// overflow in the norm that follows.
    case site(Site)
    /// Every place before it was finite.
    case head
  }

  /// Finds where inside the model it began: what made it runs once more, and is looked at.
  /// - Parameters:
  ///   - state: what the iteration started from, or for a prediction what was read.
  ///   - call: hooks in it act as they did.
  ///   - prelude: runs the prelude of the same tokens again; it is asked for where e is not finite.
  /// - Returns: the same with its origin, and the token it began at; unchanged where nothing is found.
  /// - Throws: `CancellationRequested`.
  /// - Precondition: one sequence.
  public func located(
    in model: any LatentModel, from state: LatentState, of context: PromptContext,
    _ call: Call = .plain, prelude: (Call) throws -> Void
  ) throws -> Divergence {
    let found: (site: Site, token: Int)?
    if !Operations.isFinite(context.embedded.values) {
      found = try Self.firstSite(call, prelude)
    } else {
      switch kind {
      case .state where at.iteration > 0:
        found = try Self.firstSite(call) { _ = try model.step(state, in: context, $0) }
      case .prediction:
        found = try Self.firstSite(call) { _ = try model.decode(state, in: context, $0) }
        if found == nil { return Divergence(kind, at: at, origin: .head) }
      case .state, .gate: return self
      }
    }
    guard let found else { return self }
    return Divergence(
      kind, at: Address(token: found.token, iteration: at.iteration), origin: .site(found.site))
  }

  /// Checks what was made, and says of what it finds where inside the model it began.
  /// - Parameters: as of `located`.
  /// - Throws: `Divergence`, `CancellationRequested`.
  public static func locating(
    in model: any LatentModel, from state: LatentState, of context: PromptContext, _ call: Call,
    prelude: (Call) throws -> Void, check: () throws(Divergence) -> Void
  ) throws {
    do throws(Divergence) {
      try check()
    } catch {
      throw try error.located(in: model, from: state, of: context, call, prelude: prelude)
    }
  }

  /// The first site that holds NaN or infinity while something runs, and the first token there.
  private static func firstSite(
    _ call: Call, _ body: (Call) throws -> Void
  ) rethrows -> (site: Site, token: Int)? {
    let first = First()
    // What attention weighs by is infinite nowhere before its sum is not.
    let hook = Hook(at: { $0.kind != .attentionWeights }, .read { first.look($0) })
    try body(Call(control: call.control, hooks: Hooks(call.hooks.all + [hook])))
    return first.found
  }

  private final class First: Sendable {
    private let place = Mutex<(site: Site, token: Int)?>(nil)
    var found: (site: Site, token: Int)? { place.withLock { $0 } }

    func look(_ value: SiteValue) {
      place.withLock { place in
        guard place == nil,
          let row = (0..<value.values.rows).first(where: { Self.isLost(value.values.row($0)) })
        else { return }
        place = (value.site, value.places.place(of: row).position)
      }
    }

    /// Not finite, or so large that the norm that follows is not: its squares add up past float32.
    private static func isLost(_ row: ArraySlice<Float>) -> Bool {
      var squares = 0.0
      for value in row { squares += Double(value) * Double(value) }
      return !(squares <= Double(Float.greatestFiniteMagnitude))
    }
  }
}

extension Divergence {
  /// `in the feed-forward network of core block 2 (3:5.2)`; nil where nobody looked.
  var originWords: String? {
    switch origin {
    case nil: nil
    case .head: "in the output head"
    case .site(let site):
      site.block > 0 ? "\(site.words) (\(address(of: site)))" : site.words
    }
  }

  private func address(of site: Site) -> String {
    switch site.part {
    case .prelude: "\(at.token):p.\(site.block)"
    case .core: "\(at.token):\(at.iteration).\(site.block)"
    case .coda: "\(at.token):\(at.iteration).c.\(site.block)"
    }
  }
}

extension Site {
  /// Where in a model, as the end of a sentence: `in the attention of core block 2`.
  public var words: String {
    switch kind {
    case .embedded: "in e, what the prelude left"
    case .state: part == .coda ? "in the state that is read" : "in the state it starts from"
    case .adapter: "in the adapter"
    case .stream: "at the end of \(part.rawValue) block \(block)"
    case .attention: "in the attention of \(part.rawValue) block \(block)"
    case .afterAttention: "after the attention of \(part.rawValue) block \(block)"
    case .feedForward: "in the feed-forward network of \(part.rawValue) block \(block)"
    case .attentionWeights: "in the attention weights of \(part.rawValue) block \(block)"
    }
  }
}
