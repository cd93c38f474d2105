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

/// What the mouse does meanwhile: a click selects, another on the same asks; the wheel moves.
func pointGallery(
  _ mouse: MouseEvent, _ gallery: GalleryState, _ state: inout ExplorerState
) -> [Effect] {
  switch mouse.action {
  case .wheelUp: return pressGallery(.up, gallery, &state)
  case .wheelDown: return pressGallery(.down, gallery, &state)
  case .drag: return []
  case .press:
    guard let row = GalleryList.row(at: mouse.at, gallery, state) else { return [] }
    if row == gallery.selected { return pressGallery(.enter, gallery, &state) }
    state.mode = .gallery(GalleryState(selected: row))
    return []
  }
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
  switch ModeKey.gallery.act(key) {
  case .down: gallery.selected += 1
  case .up: gallery.selected -= 1
  case .pageDown: gallery.selected += page
  case .pageUp: gallery.selected -= page
  case .first: gallery.selected = 0
  case .last: gallery.selected = .max
  case .take:
    return invoke(Invocation("gallery", "\(gallery.selected + 1)"), &state)
  case .leave, .filter:
    state.mode = .normal
    return []
  case nil: state.say(ModeKey.gallery.words(state.glyphs))
  }
  gallery.selected = min(max(0, gallery.selected), state.gallery.count - 1)
  state.mode = .gallery(gallery)
  return []
}
