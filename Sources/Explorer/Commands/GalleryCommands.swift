/// Prompts worth a look.
let galleryCommands: [Command] = [
  Command(
    name: "gallery", title: "gallery",
    doc: "Prompts worth a look, and what to look for; a count opens one: 3G.",
    keys: [.character("G")], group: .run, footerRank: 10,
    reason: { $0.gallery.isEmpty ? "there are no prompts in the gallery" : nil },
    parameters: [
      .whole(
        "number", { 1...max(1, $0.gallery.count) }, "the prompt to ask at once", usual: "the list",
        takesCount: true)
    ],
    perform: { state, given in
      // Opened again, it stands at what was opened last.
      let last = state.gallery.firstIndex { $0.prompt == state.promptText } ?? 0
      guard let number = given.number else {
        state.mode = .gallery(GalleryState(selected: last))
        return []
      }
      let entry = state.gallery[number - 1]
      let effects = ask(entry.prompt, &state)
      if state.promptText == entry.prompt || !effects.isEmpty, !entry.look.isEmpty {
        state.advise(entry.look)
      }
      return effects
    })
]
