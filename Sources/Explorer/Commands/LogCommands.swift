/// Keeping what is done, as text that can be done again.
let logCommands: [Command] = [
  Command(
    name: "log", title: "log",
    doc:
      "Write every act of the session, from its beginning on, to a file that `muninn replay` does again: "
      + "`log FILE`, `log off`; alone it says where it is written.",
    keys: [], group: .program, isLogged: false,
    parameters: [
      .text("file", "where to write, or off", usual: "it is said where it is written")
    ],
    perform: { state, given in
      switch given.argument {
      case "off":
        guard let path = state.logPath else {
          state.complain("no log is written; log FILE writes one")
          return []
        }
        state.logPath = nil
        state.say("the log in \(Printable.clip(path, 60)) ends here")
      case let path?:
        state.logPath = path
        state.say("this session is written to \(Printable.clip(path, 60)), from its beginning on")
      case nil:
        state.say(
          state.logPath.map { "this session is written to \(Printable.clip($0, 60))" }
            ?? "no log is written; log FILE writes one")
      }
      return []
    })
]
