import LatentModels

/// Edits as people read them; what is written so is read back as the same.
extension Edit: CustomStringConvertible {
  public var description: String { "\(target) \(operation.rawValue) \(value)" }
}

extension EditTarget: CustomStringConvertible {
  public var description: String {
    let place: String
    switch moments {
    case .prelude: place = Self.words(nil, site)
    case .iterations(let range):
      place = Self.words(
        range.count == 1
          ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)", site)
    case .from(let first): place = Self.words("\(first)+", site)
    }
    switch tokens {
    case .all: return "all:\(place)"
    case .range(let range):
      return range.count == 1
        ? "\(range.lowerBound):\(place)" : "\(range.lowerBound)-\(range.upperBound):\(place)"
    }
  }

  /// What follows the colon of an address.
  /// - Parameter iteration: nil in the prelude.
  static func words(_ iteration: String?, _ site: Site?) -> String {
    guard let site else { return iteration ?? "" }
    if site == .embedded { return "e" }
    if site == .adapter { return "\(iteration ?? "").0" }
    let part =
      switch site.part {
      case .prelude: "p.\(site.block)"
      case .core: "\(iteration ?? "").\(site.block)"
      case .coda: "\(iteration ?? "").c.\(site.block)"
      }
    return site.kind == .stream ? part : "\(part).\(site.kind.rawValue)"
  }
}

extension EditSource: CustomStringConvertible {
  public var description: String {
    let iteration: String? =
      switch moment {
      case .prelude: nil
      case .iteration(let iteration): "\(iteration)"
      case .same: "i"
      }
    return (token.map { "\($0)" } ?? "all") + ":" + EditTarget.words(iteration, site)
      + (run.map { "@\($0)" } ?? "")
  }
}

extension EditValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .zero: "0"
    case .source(let source): "\(source)"
    case .noise(let seed): "noise \(seed)"
    case .scaled(let factor, let value): "\(factor)*\(value.enclosed)"
    case .sum(let a, let b): "\(a) + \(b.isSum ? b.enclosed : "\(b)")"
    case .difference(let a, let b): "\(a) - \(b.isSum ? b.enclosed : "\(b)")"
    }
  }

  private var isSum: Bool {
    switch self {
    case .sum, .difference: true
    case .zero, .source, .noise, .scaled: false
    }
  }

  private var enclosed: String {
    switch self {
    case .source, .noise: "\(self)"
    case .zero, .scaled, .sum, .difference: "(\(self))"
    }
  }
}

extension Edit: Codable {
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    do {
      self = try Edit(parsing: text)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Why a text is no edit, and where.
public struct EditError: Error, Sendable, Hashable, CustomStringConvertible {
  public let text: String
  /// The character that is wrong, from 1; one past the last where something is missing.
  public let column: Int
  /// What is wrong and what would do, as a sentence without its point.
  public let problem: String
  /// What could stand there, for completion.
  public let expected: [String]

  package init(text: String, column: Int, problem: String, expected: [String] = []) {
    self.text = text
    self.column = column
    self.problem = problem
    self.expected = expected
  }

  public var description: String { "Column \(column) of \"\(text)\": \(problem)." }

  /// The text with the place marked below it.
  public var marked: String { text + "\n" + String(repeating: " ", count: column - 1) + "^" }
}
