import LatentModels
import Tensors
import Trajectories

/// What an engine keeps of one node: enough to compute everything else of it again, and as much more
/// as there is room for.
final class HeldRun {
  /// What a text goes on from.
  struct Ending {
    let iteration: Int
    /// What the head reads of the last position.
    let hidden: Matrix  // [1, width]
    /// What the token that follows looks at.
    let memory: Memory
  }

  /// Every so many iterations a state stays as long as any do.
  static let spacing = 16

  /// What changes it on the way, in order.
  enum Change {
    /// Takes what it names of the run before it.
    case edit(Edited)
    /// What is drawn in one of many copies, and in the tokens that follow it.
    case copy(CopyCause)
  }

  struct Edited {
    let cause: EditCause
    let before: Lineage
  }

  let context: PromptContext
  /// Its tokens, counted in the text: thoughts take positions of their own, so that these are not
  /// the positions of its rows.
  let tokens: Range<Int>
  let changes: [Change]
  /// Where the token after these starts.
  let starts: StartStream
  let keys: HeldKeys
  private let ledger: Ledger
  private var counted = 0

  /// By iteration; s₀ always.
  private(set) var states: [Int: Matrix]  // of [tokens, width]
  /// The last iteration that was asked for as a step.
  var edge = 0
  /// The iteration that was looked at last.
  private var lookedAt = 0
  /// What has read the state of an iteration last.
  private(set) var lens: (iteration: Int, lens: Lens)?
  /// Keys and values of all iterations up to one.
  private(set) var memory: (iteration: Int, memory: Memory)?
  /// Of the iteration it was asked for last.
  private(set) var ending: Ending?
  /// What the head reads of the iteration it was asked for last.
  private(set) var decoded: (iteration: Int, hidden: Matrix)?
  /// When it was used last.
  var used = 0
  /// States of it that lie elsewhere.
  var known: KnownStates?

  init(
    context: PromptContext, firstToken: Int, changes: [Change] = [], start: Matrix,
    starts: StartStream, keys: HeldKeys, ledger: Ledger
  ) {
    self.context = context
    tokens = firstToken..<firstToken + context.ids.count
    self.changes = changes
    self.starts = starts
    self.keys = keys
    self.ledger = ledger
    states = [0: start]
    memory = context.memory.map { (0, $0) }
    count()
  }

  deinit { ledger.bytes -= counted }

  private func count() {
    let state = 4 * context.embedded.values.count
    var bytes = (states.count + (context.injection == nil ? 1 : 2)) * state
    bytes += (lens?.lens.bytes ?? 0) + (ending == nil ? 0 : 4 * context.embedded.columns)
    bytes += decoded == nil ? 0 : state
    ledger.bytes += bytes - counted
    counted = bytes
    keys.iterations = max(memory?.iteration ?? 0, ending?.iteration ?? 0)
  }

  // MARK: What is there

  /// A state, with the keys and values of all before it where they are kept; without those of its own
  /// earlier iterations it goes on to the same bits.
  func state(_ rows: Matrix, at iteration: Int) -> LatentState {
    let kept = memory.flatMap { $0.iteration == iteration ? $0.memory : nil }
    return LatentState(
      rows: rows, places: context.places, iteration: iteration, memory: kept ?? context.memory)
  }

  /// The last state up to an iteration that is kept.
  func nearest(upTo iteration: Int) -> LatentState {
    var found = iteration
    while found > 0, states[found] == nil, known?.iterations.contains(found) != true { found -= 1 }
    return LatentState(
      rows: states[found] ?? known?.rows(found) ?? context.embedded, places: context.places,
      iteration: found, memory: context.memory)
  }

  func keeps(upTo iteration: Int) -> Bool {
    (0...iteration).allSatisfy { states[$0] != nil || known?.iterations.contains($0) == true }
  }

  // MARK: What is kept

  /// Takes in the next step, the edge from now on.
  /// - Parameter memory: with the keys and values of all iterations; nil where some are missing.
  func advance(to iteration: Int, _ rows: Matrix, memory: Memory?, lens: Lens) {
    if let memory { self.memory = (iteration, memory) }
    states[iteration] = rows
    self.lens = (iteration, lens)
    edge = max(edge, iteration)
    lookedAt = iteration
    count()
  }

  /// Takes in states that were computed again, the last of which is looked at.
  func keep(_ rebuilt: [(iteration: Int, rows: Matrix)]) {
    for state in rebuilt { states[state.iteration] = state.rows }
    if let last = rebuilt.last { lookedAt = last.iteration }
    count()
  }

  func look(at iteration: Int) { lookedAt = iteration }

  /// Takes in what the beginning was read with, if that is as far as it is.
  func keep(beginning lens: Lens) {
    if edge == 0 { self.lens = (0, lens) }
    count()
  }

  func keep(_ memory: Memory, through iteration: Int) {
    self.memory = (iteration, memory)
    count()
  }

  func keep(_ ending: Ending) {
    self.ending = ending
    count()
  }

  func keep(decoded hidden: Matrix, at iteration: Int) {
    decoded = (iteration, hidden)
    count()
  }

  // MARK: What is let go

  /// Lets states go but every so many, the one looked at, and those at the edge: the last, and the one
  /// before it, which the next is measured against too.
  func thin(to spacing: Int?) {
    let isKept = { (iteration: Int) in
      iteration == 0 || iteration == self.edge || iteration == self.edge - 1
        || iteration == self.lookedAt
        || spacing.map { iteration % $0 == 0 } ?? false
    }
    if !states.keys.allSatisfy(isKept) { states = states.filter { isKept($0.key) } }
    count()
  }

  /// Lets go what it takes a readout to have again.
  func dropReadings() {
    (lens, decoded) = (nil, nil)
    count()
  }

  /// Lets go of keys and values that only this node keeps.
  func dropKeys() {
    (memory, ending) = (nil, nil)
    count()
  }
}
