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

/// The list of prompts, or of tours, while it is open.
struct GalleryState: Sendable, Hashable {
  enum List: Sendable, Hashable {
    case prompts
    case tours
  }
  var selected = 0
  var list: List = .prompts

  var title: String { list == .prompts ? "gallery" : "tours" }

  func entries(_ state: ExplorerState) -> [GalleryEntry] {
    switch list {
    case .prompts: state.gallery
    case .tours:
      Tour.all.map {
        GalleryEntry(prompt: $0.title, task: $0.name, difficulty: nil, look: $0.about)
      }
    }
  }

  /// What taking the selected entry comes to.
  func invocation(_ state: ExplorerState) -> Invocation {
    switch list {
    case .prompts: Invocation("gallery", "\(selected + 1)")
    case .tours: Invocation("tour", entries(state)[selected].task)
    }
  }
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
    state.mode = .gallery(GalleryState(selected: row, list: gallery.list))
    return []
  }
}

/// What a key means while the list is open.
func pressGallery(
  _ key: Key, _ gallery: GalleryState, _ state: inout ExplorerState
) -> [Effect] {
  let entries = gallery.entries(state)
  guard !entries.isEmpty else {
    state.mode = .normal
    return []
  }
  var gallery = gallery
  let keys = gallery.list == .prompts ? ModeKey.gallery : ModeKey.tours
  let act = keys.act(key)
  switch act {
  case .take:
    return invoke(gallery.invocation(state), &state)
  case .leave:
    state.mode = .normal
    return []
  default: break
  }
  let selected = act?.moved(
    from: gallery.selected, page: max(1, state.size.height / 2), bottom: entries.count - 1)
  if selected == nil { state.say(keys.words(state.glyphs)) }
  gallery.selected = min(selected ?? gallery.selected, entries.count - 1)
  state.mode = .gallery(gallery)
  return []
}
