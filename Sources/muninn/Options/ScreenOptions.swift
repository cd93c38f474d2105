import ArgumentParser
import Engine
import Explorer
import LatentModels
import Trajectories

extension ExplorerOptions.ColourChoice: ExpressibleByArgument {}
extension GlyphStyle: ExpressibleByArgument {}
extension Theme: ExpressibleByArgument {}

/// How a screen looks.
struct LookOptions: ParsableArguments {
  @Option(help: "Colours; auto follows the terminal and NO_COLOR.")
  var color: ExplorerOptions.ColourChoice = .auto

  @Option(help: "What plots are drawn with (default: by the locale; ASCII where it is C).")
  var glyphs: GlyphStyle?

  @Option(help: "Colours for a dark or a light background, of high contrast, or none.")
  var theme: Theme?

  func apply(to options: inout ExplorerOptions) {
    options.colour = color
    options.glyphs = glyphs
    options.theme = theme
  }
}

/// How the explorer looks and behaves.
struct ScreenOptions: ParsableArguments {
  @OptionGroup(title: "Screen") var look: LookOptions

  @Option(help: ArgumentHelp("Iterations shown a second.", valueName: "rate"))
  var speed: Double?

  @Flag(help: "Leave the mouse to the terminal.")
  var noMouse = false

  func validate() throws {
    if let speed, !(speed > 0 && speed <= 1000) {
      throw ValidationError("--speed takes a number above 0 and up to 1000.")
    }
  }

  func options(prompt: PromptSource, start: Start, iterations: Int?) -> ExplorerOptions {
    var options = ExplorerOptions(prompt: prompt, start: start, iterations: iterations)
    look.apply(to: &options)
    options.speed = speed
    options.usesMouse = !noMouse
    return options
  }
}
