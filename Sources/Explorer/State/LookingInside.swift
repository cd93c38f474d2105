import LatentModels
import Trajectories

/// A cell that can be opened: a token of a run, and the iteration that led to it.
struct InsidePlace: Sendable, Hashable {
  let node: NodeID
  /// Counts in the run.
  let row: Int
  let iteration: Int
}

/// What the explorer keeps of looking inside an iteration: the cell that was told of last. The
/// iteration has to run once more for it, so it is asked for while it is looked at, one cell at a time;
/// when another is looked at before it came, it is dropped.
struct LookingInside: Sendable {
  /// A cell, and the tokens of the vocabulary whose standing is wanted in it.
  struct Wish: Sendable, Hashable {
    let place: InsidePlace
    let watched: [Int]
  }

  /// The selected block; block 0 of the core is what its first block reads. It stays from cell to cell.
  var block = BlockPlace(.core, 1)
  var known: (place: InsidePlace, pass: CellPass)?
  /// The cell that was asked for and has not come.
  var asked: Wish?
  /// Stopped by hand, or could not be done: not asked for until another cell was looked at.
  var stopped: InsidePlace?
  /// What filled the screen when the cell was opened.
  var outer: PaneName?
  /// The selected block's attention from every token.
  var map = LookingAtAttention()
  var isAsking: Bool { asked != nil || map.isAsking }
}

extension LookingInside {
  /// Asks for what is looked at and not known; what is being computed comes first.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    let wish =
      state.zoom == .inside && !state.isBusy
      ? state.insidePlace.map { Wish(place: $0, watched: state.watching.ids) } : nil
    var effects: [Effect] = []
    if let asked = state.inside.asked, asked != wish {
      state.inside.asked = nil
      effects.append(.drop(.inside))
    }
    guard let wish, let key = state.runKey(wish.place.node) else { return effects }
    if state.inside.stopped != wish.place { state.inside.stopped = nil }
    guard !state.inside.knows(wish), state.inside.asked == nil, state.inside.stopped == nil else {
      return effects
    }
    state.inside.asked = wish
    return effects + [
      .submit(
        .inside(
          key, row: wish.place.row, iteration: wish.place.iteration, watched: wish.watched))
    ]
  }

  private func knows(_ wish: Wish) -> Bool {
    known.map { $0.place == wish.place && $0.pass.watched == wish.watched } ?? false
  }

  /// What was told of a cell, whichever is looked at now.
  static func took(_ pass: CellPass, of node: NodeID, _ state: inout ExplorerState) {
    let place = InsidePlace(node: node, row: pass.row, iteration: pass.iteration)
    if state.inside.asked?.place == place { state.inside.asked = nil }
    guard state.runs[node] != nil, !pass.lines.isEmpty else { return }
    state.inside.known = (place, pass)
    state.keepBlockThere()
  }
}

extension ExplorerState {
  /// The cell at the cursor; nil where no iteration led to it.
  var insidePlace: InsidePlace? {
    guard let passage, cursor.iteration >= 1, cursor.iteration <= edge,
      passage.tokens.contains(cursor.token), thinkingToken == nil || thinkingToken == cursor.token
    else { return nil }
    return InsidePlace(node: passage.node, row: row, iteration: cursor.iteration)
  }

  /// The token of the passage at the cursor whose iterations are thoughts, where no other has any: the
  /// last; nil where all iterate.
  var thinkingToken: Int? {
    model?.thinksOnce == true ? passage.map { $0.tokens.upperBound - 1 } : nil
  }

  /// What a key of an attention row of the cell at the cursor stands for: a token of the text, or a
  /// thought, from 1, each at a position behind the token that has it.
  private func key(_ key: Int) -> (token: Int?, thought: Int?) {
    guard model?.thinksOnce == true, let branch else { return (key, nil) }
    var key = key
    for passage in branch.passages {
      if key < passage.tokens.count { return (passage.firstToken + key, nil) }
      key -= passage.tokens.count
      // Of the one that is looked at all that is left.
      let thoughts = passage.node == self.passage?.node ? .max : passage.taken ?? 0
      if key < thoughts { return (nil, key + 1) }
      key -= thoughts
    }
    return (nil, nil)
  }

  /// What such a key is called, in a few columns.
  func keyLabel(_ number: Int) -> String {
    let key = key(number)
    if let thought = key.thought { return "th \(thought)" }
    guard let branch, let token = key.token, token < branch.tokenCount else { return "?" }
    return visible(branch.token(token).text)
  }

  /// What a sentence calls it.
  func keyName(_ number: Int) -> String {
    let key = key(number)
    return key.thought.map { "thought \($0)" } ?? "\(key.token ?? number) '\(keyLabel(number))'"
  }

  /// The key of a row of so many that is the position itself: a thought's own is the last.
  func ownKey(of keys: Int) -> Int { model?.thinksOnce == true ? keys - 1 : cursor.token }

  /// What is known of the cell at the cursor.
  var cellPass: CellPass? {
    guard let known = inside.known, known.place == insidePlace else { return nil }
    return known.pass
  }

  /// Whether the token at the cursor has seen the one behind it, so that what is read there is no
  /// prediction: a token of a prompt that looks both ways, but for its last.
  var hasSeenWhatFollows: Bool {
    guard model?.looksBothWays == true, let prompt = branch?.passages.first else { return false }
    return cursor.token < prompt.tokens.upperBound - 1
  }

  /// Where one looks, with the selected block.
  var insideAddress: Address {
    Address(
      token: cursor.token, iteration: cursor.iteration,
      block: cursor.iteration > 0 ? inside.block : nil)
  }

  /// An address in words of all clocks that the model has.
  func words(_ address: Address) -> String { address.described(model?.passes) }

  /// What stands behind `r` where one looks: the iteration, of two clocks both, inside one the selected
  /// pass and block.
  var iterationWords: String {
    guard let passes = model?.passes else { return "\(cursor.iteration)" }
    guard zoom == .inside, cursor.iteration > 0, inside.block.part == .core,
      inside.block.block > 0
    else { return passes.name(ofIteration: cursor.iteration) }
    return "\(cursor.iteration).\(passes.name(ofBlock: inside.block.block))"
  }

  /// Opens the cell at the cursor; what was playing rests.
  mutating func lookInside(at block: BlockPlace? = nil) {
    Playback.pause(&self)
    if zoom != .inside { inside.outer = zoom }
    if let block { inside.block = block }
    keepBlockThere()
    inside.stopped = nil
    zoom = .inside
  }

  /// A block that the model lacks cannot be selected.
  fileprivate mutating func keepBlockThere() {
    guard let places = inside.known?.pass.places, !places.contains(inside.block) else { return }
    let part = inside.block.part
    let there = places.filter { $0.part == part }.map(\.block)
    if let first = there.first, let last = there.last {
      let name = part == .core ? "" : "\(part.rawValue) "
      complain(
        "there is no \(name)block \(inside.block.block); \(name)blocks are \(first)...\(last)")
    } else {
      complain("this model has no \(part.rawValue)")
    }
    inside.block =
      places.last { $0.part == part } ?? places.last { $0.part == .core } ?? inside.block
  }

  /// What was asked for does not come. Stopped by hand nothing is asked for where one looks now; what
  /// could not be done is not asked for again.
  mutating func stopLookingInside(byHand: Bool) {
    inside.stopped = byHand ? insidePlace : inside.asked?.place
    inside.asked = nil
  }
}
