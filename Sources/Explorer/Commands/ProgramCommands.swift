/// The program itself.
let programCommands: [Command] = [
  Command(
    name: "help", title: "help", doc: "All commands and their keys.",
    keys: [.character("?")], group: .program, isAlwaysInFooter: true,
    parameters: [.text("words", "what to look for in the help", usual: "all of it")],
    perform: { state, given in
      state.mode = .help(HelpState(filter: LineEditor(given.argument ?? "")))
      return []
    }),
  Command(
    name: "about", title: "about",
    doc:
      "What a pane shows: what is drawn, its formula, unit and source, and its keys; the focused pane, or "
      + "one named.",
    keys: [.function(1)], group: .program, footerRank: 10, reason: Command.needsRun,
    parameters: [
      .choice(
        "pane",
        { _ in PaneName.allCases.map { Parameter.Choice("\($0)", Pane.of($0).about.title) } },
        "the pane", usual: "the focused one")
    ],
    perform: { state, given in
      let pane = given.choice.flatMap(PaneName.named) ?? state.zoom ?? state.focus
      state.mode = .about(AboutState(pane: pane))
      return []
    }),
  Command(
    name: "keys", title: "keys here",
    doc:
      "A list of what each key does here, until the next key; a count that waits for its key has one too.",
    keys: [.character(",")], group: .program, isLogged: false, reason: Command.needsRun,
    perform: { state, _ in
      state.whichKey.isOpen = true
      return []
    }),
  Command(
    name: "dismiss", title: "dismiss", doc: "Send away what the strip below the panes says.",
    keys: [], group: .program,
    reason: {
      $0.strip == nil ? "there is no strip with words; :messages lists what was said" : nil
    },
    perform: { state, _ in
      _ = state.dismissStrip()
      return []
    }),
  Command(
    name: "messages", title: "messages",
    doc: "Everything that was said in this session, and at which iteration.", keys: [],
    group: .program,
    perform: { state, _ in
      state.mode = .messages(scroll: MessagesList.bottom(state))
      return []
    }),
  Command(
    name: "command", title: "command", doc: "A command by its name; tab completes.",
    keys: [.character(":")], group: .program, footerRank: 9, isLogged: false,
    perform: { state, _ in
      CommandLine.open("", &state)
      return []
    }),
  Command(
    name: "redraw", title: "redraw", doc: "Paint the screen anew.", keys: [.control("l")],
    group: .program, isLogged: false, perform: { _, _ in [.redraw] }),
  Command(
    name: "suspend", title: "suspend", doc: "Back to the shell; fg returns.",
    keys: [.control("z")], group: .program, isLogged: false, perform: { _, _ in [.suspend] }),
  Command(
    name: "quit", title: "quit", doc: "Leave.", keys: [.character("q")], group: .program,
    isAlwaysInFooter: true, perform: { state, _ in [.quit(state.exitStatus)] }),
]
