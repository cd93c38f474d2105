import RunFiles
import Trajectories

/// Keeping sessions in files, and what a person wants to find in them again.
let fileCommands: [Command] = [
  Command(
    name: "save", title: "save",
    doc:
      "Write all runs to a file that `open` and `muninn explore` open again, without the model too: "
      + "`save sums.muninn`; with --bf16 states take half the room.",
    keys: [], group: .program, isLogged: false, reason: Command.needsRun,
    parameters: [FileCommands.parameter("to write", flag: FileCommands.compact)],
    perform: { state, given in
      let (path, isCompact) = FileCommands.split(given.argument, FileCommands.compact)
      return Saving.save(to: path, isCompact: isCompact, state)
    }),
  Command(
    name: "open", title: "open",
    doc:
      "Look at the session of a file in place of this one: `open sums.muninn`; with --anyway one of another "
      + "model too, beside the same prompt on the model here.",
    keys: [], group: .program,
    reason: { $0.model == nil ? "no model could be opened; q quits" : nil },
    parameters: [FileCommands.parameter("to open", flag: FileCommands.anyway)],
    perform: { state, given in
      let (path, anyway) = FileCommands.split(given.argument, FileCommands.anyway)
      return Saving.open(path, anyway: anyway, &state)
    }),
  Command(
    name: "note", title: "note",
    doc:
      "Write something about this place, which is saved with the runs; alone it says what was written.",
    keys: [], group: .program, reason: Command.needsRun,
    parameters: [
      .text(
        "words", "up to 1000 characters, or - to take out what was written here",
        usual: "what is written here is said")
    ],
    perform: { state, given in
      FileCommands.note(given.argument, &state)
      return []
    }),
  Command(
    name: "mark", title: "mark",
    doc:
      "Call this place something, to come back to it with `jump`: `mark a`; inside an iteration it is the "
      + "selected block.",
    keys: [], group: .program, reason: Command.needsRun,
    parameters: [.text("name", "up to 40 characters", isRequired: true)],
    perform: { state, given in
      guard let place = state.markedPlace, let name = given.argument else { return [] }
      guard name.count <= 40 else {
        state.complain("a mark has at most 40 characters")
        return []
      }
      state.marks[name] = place
      state.say(
        "\(state.words(place.address)) of run \(place.node) is \(name) now; jump \(name) comes back"
      )
      return []
    }),
  Command(
    name: "jump", title: "jump", doc: "Back to a place that was marked: `jump a`.", keys: [],
    group: .program,
    reason: { $0.marks.isEmpty ? "nothing is marked yet; mark NAME marks a place" : nil },
    parameters: [
      .choice(
        "mark",
        { state in
          state.marks.sorted { $0.key < $1.key }
            .map {
              Parameter.Choice($0.key, "\(state.words($0.value.address)) of run \($0.value.node)")
            }
        }, "the name of a place", isRequired: true)
    ],
    perform: { state, given in
      guard let place = given.choice.flatMap({ state.marks[$0] }) else { return [] }
      FileCommands.go(to: place, &state)
      if state.cursor.iteration == place.iteration, place.iteration > 0,
        let block = place.address.block
      {
        state.lookInside(at: block)
      }
      return []
    }),
]

/// What these commands have in common.
enum FileCommands {
  static let compact = "--bf16"
  static let anyway = "--anyway"

  /// A path, and behind it a word that begins with dashes.
  static func parameter(_ what: String, flag: String) -> Parameter {
    .line(
      "file", "the file \(what), and \(flag) behind it where that is wanted", isRequired: true,
      check: { text, _ in
        let (path, _) = split(text, flag)
        if path.isEmpty { return ArgumentProblem("the name of the file is missing") }
        return path.utf8.contains(0) ? ArgumentProblem("no file has such a name") : nil
      })
  }

  /// The path, and whether the word is behind it.
  static func split(_ text: String?, _ flag: String) -> (path: String, isFlagged: Bool) {
    var path = (text ?? "")[...]
    while path.last == " " { path.removeLast() }
    let isFlagged = path == flag[...] || path.hasSuffix(" " + flag)
    if isFlagged { path.removeLast(flag.count) }
    while path.last == " " { path.removeLast() }
    return (String(path), isFlagged)
  }

  /// Opens a file as the command does, which a log has then.
  static func open(_ file: WishedFile, _ state: inout ExplorerState) -> [Effect] {
    state.log(Invocation("open", file.path + (file.anyway ? " \(anyway)" : "")))
    return Saving.open(file.path, anyway: file.anyway, &state)
  }

  static func note(_ text: String?, _ state: inout ExplorerState) {
    guard let place = state.here else { return }
    let there = state.notes.filter { $0.place == place }
    switch text {
    case nil where there.isEmpty:
      let all = state.notes.map { "\($0.place.address) of run \($0.place.node)" }
      state.say(
        all.isEmpty
          ? "nothing is written about any place; note WORDS writes something"
          : "nothing is written here, but about \(all.joined(separator: ", "))")
    case nil: state.say(there.map { Printable.line($0.text) }.joined(separator: "; "))
    case "-":
      guard !there.isEmpty else { return state.complain("nothing is written here") }
      state.notes.removeAll { $0.place == place }
      state.say("taken out")
    case let text?:
      guard text.count <= 1000 else { return state.complain("a note has at most 1000 characters") }
      state.notes.append(RunNote(text, at: place))
      state.say("written about \(state.words(place.address)) of run \(place.node)")
    }
  }

  /// Looks at a place, as near as it is there.
  static func go(to place: RunPlace, _ state: inout ExplorerState) {
    guard state.runs.tree.contains(place.node) else {
      return state.complain("run \(place.node) is gone; u brings back what was deleted")
    }
    state.show(place.node)
    Playback.pause(&state)
    state.select(token: place.token)
    state.cursor.iteration = min(max(0, place.iteration), state.edge)
  }
}
