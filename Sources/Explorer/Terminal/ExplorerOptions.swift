import Engine
import Foundation
import LatentModels
import Trajectories

/// What the command line asks of the explorer.
public struct ExplorerOptions: Sendable {
  /// `--color`
  public enum ColourChoice: String, Sendable, CaseIterable {
    case auto
    case always
    case never
    case sixteen = "16"
    case palette = "256"
    case truecolor
  }

  public var prompt: PromptSource
  public var start: Start
  /// How far to run at first; nil: what the model was trained for.
  public var iterations: Int?
  public var colour: ColourChoice = .auto
  /// nil: braille where the locale has it, ASCII elsewhere.
  public var glyphs: GlyphStyle?
  public var usesMouse = true
  /// nil: by what the terminal says of its background, else dark.
  public var theme: Theme?
  /// Iterations a second; nil: 4.
  public var speed: Double?

  /// Where the session is written to as it goes on, to be done again.
  public var log: String?
  /// A log that is done again on the screen.
  public var replay: SessionLog?
  /// The file whose session is opened in place of a run of the prompt.
  public var file: String?
  /// Whether one of another model is opened too, to be looked at.
  public var opensAnyway = false
  /// Why nothing can be computed, as a sentence without its point; nil where there is a model.
  public var noModel: String?
  /// Whether the session is kept for the next time when it is left.
  public var keepsSession = false
  /// Where the model is, which is kept with the session; nil for the one inside the program.
  public var modelSource: String?
  /// What command lines that lead back here have to say of the model: `--model`, a path and so on.
  public var openedWith: [String] = []
  /// The version that a log says.
  public var version = ""
  /// Where `XDG_STATE_HOME` and `HOME` are looked up, under which histories of what is typed lie.
  public var environment: [String: String] = ProcessInfo.processInfo.environment

  /// What the heat map is coloured by at first, by name; nil: the first there is.
  public var metric: String?
  /// Keys of the user's own; they come before all others.
  public var keys: [KeyBinding] = []

  /// Prompts worth a look, for the list that `G` opens.
  public var gallery: [GalleryEntry] = []
  /// The name of the tour to begin with.
  public var tour: String?
  /// The session begins with the list of tours.
  public var listsTours = false
  /// Whether a first start offers a tour.
  public var offersTour = false

  /// Who scores copies of a prompt, by name; nil for nobody.
  public var judge: String?

  public init(prompt: PromptSource, start: Start, iterations: Int? = nil) {
    self.prompt = prompt
    self.start = start
    self.iterations = iterations
  }
}

extension ExplorerState {
  /// Takes over what the command line asks for, whatever the session is driven by.
  mutating func take(_ options: ExplorerOptions) {
    gallery = options.gallery
    metricIndex = metrics.firstIndex { $0.name == options.metric } ?? 0
    for binding in options.keys { ownKeys[binding.key] = binding.invocation }
    openedWith = options.openedWith
    logPath = options.log
    wishedFile = options.file.map { WishedFile(path: $0, anyway: options.opensAnyway) }
    noModel = options.noModel
    version = options.version
    if let judge = options.judge { _ = FanJudging.ask(judge, &self) }
    if let speed = options.speed {
      wishesSpeed = true
      speedIndex =
        Self.speeds.firstIndex { ($0 ?? .infinity) >= speed } ?? Self.speeds.count - 1
    }
  }
}
