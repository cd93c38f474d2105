/// Prompts worth a look.
let galleryCommands: [Command] = [
  Command(
    name: "gallery", title: "gallery",
    doc: "Prompts worth a look, and what to look for; a count opens one: 3G.",
    keys: [.character("G")], group: .run, footerRank: 10,
    reason: { $0.gallery.isEmpty ? "there are no prompts in the gallery" : nil },
    perform: { state, given in
      // Opened again, it stands at what was opened last.
      let last = state.gallery.firstIndex { $0.prompt == state.promptText } ?? 0
      guard let number = given.number else {
        state.mode = .gallery(GalleryState(selected: last))
        return []
      }
      guard state.gallery.indices.contains(number - 1) else {
        state.complain("gallery takes a number from 1 to \(state.gallery.count)")
        return []
      }
      return pressGallery(.enter, GalleryState(selected: number - 1), &state)
    })
]
