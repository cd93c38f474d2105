import Engine
import Exports
import LatentModels

/// A session of the explorer without a terminal, and the pictures of where it came to.
public struct SessionPictures: Sendable {
  private let state: ExplorerState
  private let session: [Film.Frame]

  /// Does a session and looks at its end.
  /// - Parameters:
  ///   - gallery: the prompts that gallery lines mean.
  ///   - file: a run file whose session is gone on with, in place of a run of the log's prompt.
  ///   - isFilmed: whether every act is looked at, for `sessionFilm`.
  /// - Throws: `LogProblem`, where something in it cannot be done.
  public init(
    of log: SessionLog, service: any ComputeService, gallery: [GalleryEntry] = [],
    file: String? = nil, isFilmed: Bool = false
  ) throws(LogProblem) {
    var beginning = log.makeState()
    beginning.gallery = gallery
    beginning.wishedFile = file.map { WishedFile(path: $0, anyway: true) }
    var replay = Replay(beginning, service: service)
    if isFilmed { replay.camera = Camera() }
    try replay.run(log)
    if replay.state.model == nil, let failure = replay.state.failure {
      throw LogProblem(line: 1, text: "", words: failure)
    }
    state = replay.state
    session = replay.camera?.frames ?? []
  }

  /// The names of panes that there are pictures of.
  public static var panes: [String] { PaneName.allCases.map { "\($0)" } }

  /// The screen, or one of its panes, by name.
  /// - Throws: `ExportError` where there is no such pane, or no run.
  public func picture(of pane: String? = nil) throws(ExportError) -> Picture {
    if state.trajectory == nil {
      throw ExportError("There is no run to be seen: \(state.failure ?? "nothing was begun").")
    }
    guard let pane else { return state.picture() }
    guard let name = PaneName.named(pane) else {
      throw ExportError(
        "There is no pane \(pane); there are \(Self.panes.joined(separator: ", ")).")
    }
    return state.picture(of: name)
  }

  /// The run in view from s₀ on, with a marker at every flip of the selected token.
  public var film: Film { state.film() }

  /// The session itself, act by act, with a marker at every flip that was come to.
  public var sessionFilm: Film { Film(session, title: state.film().title) }
}

/// Looks on while a session is done.
struct Camera: Sendable {
  private(set) var frames: [Film.Frame] = []
  /// Seconds that went by beside those of the session's own clock.
  private var rests = 0.0
  private var seen: Picture?
  private var flipped: Int?

  /// Lets time go by, in which nothing happens.
  mutating func rest(_ seconds: Double) { rests += seconds }

  /// Takes a picture, if something has changed.
  mutating func look(at state: ExplorerState) {
    let picture = state.picture()
    guard picture != seen, state.model != nil else { return }
    seen = picture
    let isFlip = state.flips.contains(state.cursor.iteration)
    let isNew = isFlip && flipped != state.cursor.iteration
    flipped = isFlip ? state.cursor.iteration : nil
    frames.append(
      Film.Frame(
        time: state.now + rests, picture,
        marker: isNew ? state.flipWords(at: state.cursor.iteration) : nil))
  }
}

extension SessionLog {
  /// A session of acts, one a line as a log has them, on a prompt.
  /// - Throws: `LogProblem` with the number of the first act that is wrong.
  public init(
    prompt: PromptSource, start: Start, iterations: Int?, acts: [String] = []
  ) throws(LogProblem) {
    try self.init(parsing: acts.joined(separator: "\n"))
    header.prompt = prompt
    header.start = start
    header.iterations = iterations
  }

  /// Gives its screen another look; nil leaves what it says itself.
  public mutating func show(size: Size?, theme: Theme?, glyphs: GlyphStyle?) {
    header.size = size ?? header.size
    header.theme = theme ?? header.theme
    header.capabilities.glyphs = glyphs ?? header.capabilities.glyphs
    if theme == .mono { header.capabilities.colours = .none }
  }
}
