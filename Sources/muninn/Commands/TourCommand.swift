import ArgumentParser
import Checkpoints
import Engine
import Explorer
import Glibc
import LatentModels

/// Tours of what there is to see, told step by step.
struct TourCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour",
    abstract: "Tours of a few minutes, told step by step on the model inside the program.",
    discussion: """
      Without a name the explorer opens with the list, as T does there; where there is no terminal, or with \
      --plain, the list is printed. Space goes on, esc leaves the tour, and the session is yours. A tour without \
      a terminal is told as text; status 1 says that something is otherwise than it tells.
      """)

  @Argument(help: ArgumentHelp("The tour, or a beginning of its name.", valueName: "name"))
  var name: String?

  @Flag(help: "Print the list, or what is told, on a terminal too.")
  var plain = false

  @Option(
    help: ArgumentHelp(
      "Write every act to this file, for `muninn replay` to do again.", valueName: "file"))
  var log: String?

  @OptionGroup(title: "Screen") var screen: ScreenOptions

  func validate() throws {
    if let name, Tour.named(name) == nil {
      let names = Tour.all.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no tour \"\(name)\"; there are \(names).")
    }
  }

  func run() throws {
    let isPlain = plain || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0
    if isPlain, log != nil {
      throw ValidationError(
        "--log writes what is done on the screen, and there is none here; tours are logs themselves, in "
          + "Assets/tours of the source.")
    }
    let tour = name.flatMap(Tour.named)
    if isPlain, tour == nil { return try list() }
    let model = try ModelOptions.parse([])
    let checkpoint = try model.openCheckpoint()
    let service = ComputeThread.opening(checkpoint, try model.plan(checkpoint), as: model)
    defer { service.shutDown() }
    if isPlain, let tour { return try tell(tour, service) }
    let settings = try Configuration.ofUser()
    var options = screen.options(
      prompt: tour?.log.prompt ?? .text(ExploreDefaults.prompt), start: tour?.log.start ?? .usual,
      iterations: nil)
    options.gallery = try Gallery.read(nil, for: checkpoint.trainedTasks)
    options.apply(settings)
    options.version = Muninn.configuration.version
    options.log = log
    options.tour = tour?.name
    options.listsTours = tour == nil
    let code = ExplorerApp.run(options, service: service)
    if code != 0 { throw ExitCode(code) }
  }

  private func list() throws {
    let width = Tour.all.map(\.name.count).max() ?? 0
    for tour in Tour.all {
      let name = tour.name + String(repeating: " ", count: width - tour.name.count)
      try StandardOutput.say("\(name)  \(tour.title): \(tour.about)")
    }
  }

  /// Gives a tour as text, when all that it says has been found to be so.
  private func tell(_ tour: Tour, _ service: any ComputeService) throws {
    do throws(LogProblem) {
      _ = try HeadlessReplay.lastScreen(of: tour.log, service: service, gallery: [])
    } catch {
      throw LogFailure(log: "tour \(tour.name)", problem: error)
    }
    try StandardOutput.say(tour.title)
    for (index, words) in tour.narration.enumerated() {
      try StandardOutput.say("\n\(index + 1) of \(tour.narration.count)  \(words)")
    }
  }
}
