import LatentModels
import Trajectories

/// A place in a tree of runs.
public struct RunPlace: Codable, Sendable, Hashable {
  public let node: NodeID
  /// Counted in the text that leads to the node.
  public let token: Int
  public let iteration: Int
  /// Which part of a model a block of that iteration belongs to, and its number there; nil for what the
  /// iteration ended with, and in files of before.
  private let part: String?
  private let block: Int?

  public init(node: NodeID, token: Int, iteration: Int, block: BlockPlace? = nil) {
    self.node = node
    self.token = token
    self.iteration = iteration
    part = block?.part.rawValue
    self.block = block?.block
  }

  /// The same in a text. A file may name a block that is none; then it is the state.
  public var address: Address {
    var place: BlockPlace?
    if let part = part.flatMap(Site.Part.init(rawValue:)), let block,
      (0...1_000_000).contains(block)
    {
      place = BlockPlace(part, block)
    }
    // A prelude runs once; the iteration it was looked at from stays.
    var address = Address(token: token, iteration: iteration)
    address.block = place
    return address
  }
}

/// What a person wrote about a place.
public struct RunNote: Codable, Sendable, Hashable {
  public let place: RunPlace
  public let text: String

  public init(_ text: String, at place: RunPlace) {
    self.text = text
    self.place = place
  }
}

/// How a session was looked at. What a program does not know of it, it leaves out.
public struct RunView: Codable, Sendable, Hashable {
  /// Where each branch was looked at that somebody looked at, and how far it was to go.
  public struct Branch: Codable, Sendable, Hashable {
    public let place: RunPlace
    public let target: Int

    public init(_ place: RunPlace, target: Int) {
      self.place = place
      self.target = target
    }
  }

  public var branches: [Branch]
  /// What the heat map was coloured by.
  public var metric: String
  /// The pane that had the focus, and the one that filled the screen.
  public var focus: String
  public var zoom: String?
  /// Token ids that were watched.
  public var watched: [Int]
  /// Families of which the tree showed one line, by their ids.
  public var folded: [NodeID]
  /// All that is set beside it; nil in files of before.
  public var settings: RunSettings?

  public init(
    branches: [Branch], metric: String, focus: String, zoom: String? = nil, watched: [Int] = [],
    folded: [NodeID] = []
  ) {
    self.branches = branches
    self.metric = metric
    self.focus = focus
    self.zoom = zoom
    self.watched = watched
    self.folded = folded
  }
}
