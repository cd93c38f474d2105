/// Tours: told step by step.
let tourCommands: [Command] = [
  Command(
    name: "tour", title: "tours",
    doc: "Tours of a few minutes, told step by step: the list, or one by name.",
    keys: [.character("T")], group: .program, footerRank: 11,
    reason: { state in
      if state.model == nil { return Command.needsRun(state) }
      return nil
    },
    parameters: [
      .choice(
        "name", { _ in Tour.all.map { Parameter.Choice($0.name, $0.title) } }, "the tour",
        usual: "the list")
    ],
    perform: { state, given in
      guard let name = given.choice, let tour = Tour.named(name) else {
        let last = Tour.all.firstIndex { $0.name == state.touring?.tour.name } ?? 0
        state.mode = .gallery(GalleryState(selected: last, list: .tours))
        return []
      }
      if let wanted = tour.log.model, let model = state.model?.name, model != wanted {
        state.complain(
          "tours tell of the model inside the program, \(wanted), not of \(Printable.clip(model, 40)); "
            + "muninn tour \(tour.name) gives it")
        return []
      }
      return Touring.begin(tour, &state)
    }),
  Command(
    name: "tour-next", title: "next", doc: "On with the tour (`space`, while one is given).",
    keys: [], group: .program, reason: needsTour,
    perform: { state, _ in Touring.next(&state) }),
  Command(
    name: "tour-end", title: "leave the tour",
    doc: "Leave the tour; the session stays where it is (`esc`, while one is given).", keys: [],
    group: .program, reason: needsTour,
    perform: { state, _ in
      Touring.end(&state)
      state.say("the tour is over, and the session is yours; T lists tours")
      return []
    }),
  Command(
    name: "offer-tour", title: "offer a tour",
    doc: "Say in the strip that there are tours, as the first start does.", keys: [],
    group: .program, reason: Command.needsRun,
    perform: { state, _ in
      state.advise(
        "New here? Press T: tours of a few minutes tell what there is to see, step by step. Or look around: "
          + "? lists all keys.")
      return []
    }),
]

private let needsTour: @Sendable (ExplorerState) -> String? = { state in
  state.touring == nil ? "no tour is given; T lists tours" : nil
}
