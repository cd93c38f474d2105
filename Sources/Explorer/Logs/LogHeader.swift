import Engine
import Foundation
import LatentModels

/// What a session begins with: the first line of its log and the line that begins its first run.
struct LogHeader: Sendable {
  /// Of the format.
  static let format = 1

  var version = ""
  var model: String?
  var size = Size(width: 120, height: 40)
  var capabilities = Capabilities.full
  var theme = Theme.dark
  var speedIndex = ExplorerState.usualSpeed
  /// nil: the prompt that a session begins with unless told otherwise.
  var prompt: PromptSource?
  var start = Start.usual
  var iterations: Int?
  /// Of a tour: what it is called, and what it tells of.
  var title: String?
  var about: String?

  init() {}

  init(_ state: ExplorerState) {
    version = state.version
    model = state.model?.name
    size = state.size
    capabilities = state.capabilities
    theme = state.theme
    speedIndex = state.speedIndex
    prompt = state.wishedPrompt
    start = state.wishedStart
    iterations = state.wishedIterations
  }

  /// `muninn-log 1 muninn 0.1.0 size 120x40 …`, the model last, and the line that begins.
  var lines: [String] {
    var words = ["muninn-log \(Self.format)"]
    if !version.isEmpty { words.append("version \(version)") }
    words += [
      "size \(size.width)x\(size.height)", "glyphs \(capabilities.glyphs.rawValue)",
      "text \(capabilities.isUnicode ? "utf-8" : "ascii")",
      "colours \(capabilities.colours == .none ? "none" : "some")", "theme \(theme.rawValue)",
      "speed \(ExplorerState.speedNames[speedIndex])",
    ]
    if let model { words.append("model \(model)") }
    return [words.joined(separator: " ")] + (title.map { ["title \($0)"] } ?? [])
      + (about.map { ["about \($0)"] } ?? []) + (beginLine.map { [$0] } ?? [])
  }

  private var beginLine: String? {
    guard let prompt else { return nil }
    var words = ["begin"]
    switch prompt {
    case .text(let text): words.append(QuotedText.write(text))
    case .ids(let ids): words.append("ids " + ids.map(String.init).joined(separator: ","))
    }
    if let iterations { words.append("r \(iterations)") }
    switch start {
    case .usual: break
    case .zero: words.append("zero")
    case .seeded(let seed, _, _) where start == .seed(seed): words.append("seed \(seed)")
    default:
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      if let data = try? encoder.encode(start) {
        words.append("start \(String(decoding: data, as: UTF8.self))")
      }
    }
    return words.joined(separator: " ")
  }
}

// MARK: Reading

extension LogHeader {
  /// Reads the first line of a log.
  mutating func read(first line: String) throws(LogLineProblem) {
    var words = line.split(separator: " ").map(String.init)[...]
    guard words.popFirst() == "muninn-log", let format = words.popFirst() else {
      throw LogLineProblem("a log begins with muninn-log \(Self.format)")
    }
    guard Int(format) == Self.format else {
      throw LogLineProblem(
        "this log has format \(format), which this muninn does not know; it reads \(Self.format)")
    }
    while let key = words.popFirst() {
      guard let value = words.popFirst() else {
        throw LogLineProblem("\(key) has no value")
      }
      if key == "model" {
        model = ([value] + words).joined(separator: " ")
        return
      }
      try set(key, value)
    }
  }

  private mutating func set(_ key: String, _ value: String) throws(LogLineProblem) {
    func one<Value>(of names: [(String, Value)]) throws(LogLineProblem) -> Value {
      guard let found = names.first(where: { $0.0 == value }) else {
        throw LogLineProblem(
          "\(key) is one of \(names.map(\.0).joined(separator: ", ")), not \(value)")
      }
      return found.1
    }
    switch key {
    case "version": version = value
    case "size": size = try Size(logged: value)
    case "glyphs":
      capabilities.glyphs = try one(of: GlyphStyle.allCases.map { ($0.rawValue, $0) })
    case "text": capabilities.isUnicode = try one(of: [("utf-8", true), ("ascii", false)])
    case "colours":
      capabilities.colours = try one(of: [("some", .truecolor), ("none", .none)])
    case "theme": theme = try one(of: Theme.allCases.map { ($0.rawValue, $0) })
    case "speed":
      speedIndex = try one(
        of: ExplorerState.speedNames.enumerated().map { ($0.element, $0.offset) })
    default:
      throw LogLineProblem(
        "no \(key); a first line has version, size, glyphs, text, colours, theme, speed, model")
    }
  }

  /// Reads the line that begins the first run, without its first word.
  mutating func read(begin line: String) throws(LogLineProblem) {
    var rest = line[...]
    if line.hasPrefix("\"") {
      // The text ends at the first quote that leaves a text behind it.
      let ends = line.indices.filter { line[$0] == "\"" && $0 > line.startIndex }
      guard
        let end = ends.first(where: { QuotedText.read(String(line[...$0])) != nil }),
        let text = QuotedText.read(String(line[...end]))
      else { throw LogLineProblem("the quote of this prompt does not end") }
      prompt = .text(text)
      rest = line[line.index(after: end)...]
    } else if line.hasPrefix("ids ") {
      let list = line.dropFirst(4).prefix { $0 != " " }
      let ids = list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard !ids.contains(nil) else { throw LogLineProblem("ids are numbers: begin ids 1,2,3") }
      prompt = .ids(ids.compactMap(\.self))
      rest = line.dropFirst(4 + list.count)
    } else {
      throw LogLineProblem("begin takes a prompt in double quotes, or ids 1,2,3")
    }
    try read(start: rest)
  }

  private mutating func read(start text: Substring) throws(LogLineProblem) {
    var words = text.split(separator: " ").map(String.init)[...]
    while let word = words.popFirst() {
      let value = words.first
      switch word {
      case "zero":
        start = .zero
        continue
      case "r":
        guard let number = value.flatMap({ Int($0) }), (1...100_000).contains(number) else {
          throw LogLineProblem("r takes a count from 1 to 100000")
        }
        iterations = number
      case "seed":
        guard let number = value.flatMap({ UInt64($0) }) else {
          throw LogLineProblem("seed takes a whole number from 0 on")
        }
        start = .seed(number)
      case "start":
        guard let value, let read = try? JSONDecoder().decode(Start.self, from: Data(value.utf8))
        else { throw LogLineProblem("start takes what a log wrote there") }
        start = read
      default: throw LogLineProblem("no \(word); after the prompt come r 12, seed 7 or zero")
      }
      words = words.dropFirst()
    }
  }
}
