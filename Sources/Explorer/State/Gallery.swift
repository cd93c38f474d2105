/// A prompt worth a look.
public struct GalleryEntry: Sendable, Hashable {
  public let prompt: String
  /// The task it is of, by name; nil when it is of none.
  public let task: String?
  public let difficulty: Int?
  /// What to look for.
  public let look: String

  public init(prompt: String, task: String?, difficulty: Int?, look: String) {
    self.prompt = prompt
    self.task = task
    self.difficulty = difficulty
    self.look = look
  }
}

/// The list of prompts while it is open.
struct GalleryState: Sendable, Hashable {
  var selected = 0
}

/// What a key means while the list is open.
func pressGallery(
  _ key: Key, _ gallery: GalleryState, _ state: inout ExplorerState
) -> [Effect] {
  guard !state.gallery.isEmpty else {
    state.mode = .normal
    return []
  }
  var gallery = gallery
  let page = max(1, state.size.height / 2)
  switch key {
  case .down, .character("j"): gallery.selected += 1
  case .up, .character("k"): gallery.selected -= 1
  case .pageDown, .character(" "): gallery.selected += page
  case .pageUp: gallery.selected -= page
  case .home, .character("0"): gallery.selected = 0
  case .end, .character("$"): gallery.selected = .max
  case .enter:
    state.mode = .normal
    let entry = state.gallery[min(gallery.selected, state.gallery.count - 1)]
    let effects = ask(entry.prompt, &state)
    if !effects.isEmpty, !entry.look.isEmpty { state.say(entry.look) }
    return effects
  case .escape, .character("q"), .character("G"), .control("c"):
    state.mode = .normal
    return []
  default: state.say("j k choose, enter asks, esc leaves the run as it is")
  }
  gallery.selected = min(max(0, gallery.selected), state.gallery.count - 1)
  state.mode = .gallery(gallery)
  return []
}
