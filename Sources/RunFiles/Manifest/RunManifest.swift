import Engine
import Trajectories

/// What a run file says of itself, as JSON: all but the tensors.
public struct RunManifest: Codable, Sendable, Equatable {
  /// The newest format that is read.
  public static let newestFormat = 2

  /// Of the file; older ones are read.
  public internal(set) var format = 1
  /// Of the program that wrote it.
  public var version: String
  /// Which kernels computed it, such as `avx2`: others may round otherwise.
  public internal(set) var kernels: String
  /// Which model computed it, by its bytes; nil where nobody could tell.
  public internal(set) var model: ModelIdentity?
  /// Where the model was, in files that stay where they were written; nil in those that may travel.
  public var source: String?
  /// The same model, for people.
  public let summary: ModelSummary
  public internal(set) var tree: RunTree
  /// In the order in which they were made.
  public var notes: [RunNote]
  /// Places by the names they were given.
  public var marks: [String: RunPlace]
  /// How it was looked at; nil where nobody did.
  public var view: RunView?
  /// Copies of a prompt that were looked at last.
  public var fan: SavedFan?
  /// Whether states were rounded to bfloat16.
  public internal(set) var isCompact = false
  /// Texts of tokens.
  var words: SavedVocabulary
  /// What there is of each node beside its tensors.
  var nodes: [SavedNode]
  var planes: [SavedPlane]
  /// What is known of which states carry an answer.
  var causes: [SavedCausalMap] = []
  /// Labels of tables that runs start from; their rows are tensors.
  var starts: [String] = []

  /// - Parameters:
  ///   - version: of the program.
  ///   - view: how it was looked at; nil where nobody did.
  public init(
    version: String, summary: ModelSummary, tree: RunTree, notes: [RunNote] = [],
    marks: [String: RunPlace] = [:], view: RunView? = nil
  ) {
    self.version = version
    self.summary = summary
    self.tree = tree
    self.notes = notes
    self.marks = marks
    self.view = view
    kernels = RunFile.kernels
    (words, nodes, planes) = (SavedVocabulary(), [], [])
  }

  private enum CodingKeys: String, CodingKey {
    case format, version, kernels, model, source, summary, tree, notes, marks, view, fan, causes,
      starts
    case isCompact = "compact"
    case words = "vocabulary"
    case nodes = "runs"
    case planes
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    format = try fields.decode(Int.self, forKey: .format)
    version = try fields.decode(String.self, forKey: .version)
    kernels = try fields.decode(String.self, forKey: .kernels)
    model = try fields.decodeIfPresent(ModelIdentity.self, forKey: .model)
    source = try fields.decodeIfPresent(String.self, forKey: .source)
    summary = try fields.decode(SavedSummary.self, forKey: .summary).summary
    tree = try fields.decode(RunTree.self, forKey: .tree)
    notes = try fields.decodeIfPresent([RunNote].self, forKey: .notes) ?? []
    marks = try fields.decodeIfPresent([String: RunPlace].self, forKey: .marks) ?? [:]
    view = try fields.decodeIfPresent(RunView.self, forKey: .view)
    isCompact = try fields.decodeIfPresent(Bool.self, forKey: .isCompact) ?? false
    words = try fields.decode(SavedVocabulary.self, forKey: .words)
    nodes = try fields.decode([SavedNode].self, forKey: .nodes)
    planes = try fields.decodeIfPresent([SavedPlane].self, forKey: .planes) ?? []
    fan = try fields.decodeIfPresent(SavedFan.self, forKey: .fan)
    causes = try fields.decodeIfPresent([SavedCausalMap].self, forKey: .causes) ?? []
    starts = try fields.decodeIfPresent([String].self, forKey: .starts) ?? []
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(format, forKey: .format)
    try fields.encode(version, forKey: .version)
    try fields.encode(kernels, forKey: .kernels)
    try fields.encodeIfPresent(model, forKey: .model)
    try fields.encodeIfPresent(source, forKey: .source)
    try fields.encode(SavedSummary(summary), forKey: .summary)
    try fields.encode(tree, forKey: .tree)
    try fields.encode(notes, forKey: .notes)
    try fields.encode(marks, forKey: .marks)
    try fields.encodeIfPresent(view, forKey: .view)
    try fields.encode(isCompact, forKey: .isCompact)
    try fields.encode(words, forKey: .words)
    try fields.encode(nodes, forKey: .nodes)
    try fields.encode(planes, forKey: .planes)
    try fields.encodeIfPresent(fan, forKey: .fan)
    if !causes.isEmpty { try fields.encode(causes, forKey: .causes) }
    if !starts.isEmpty { try fields.encode(starts, forKey: .starts) }
  }

  /// The format that holds it: who knows only the first would take runs of other models for the model's own.
  var neededFormat: Int { tree.hasOtherModels ? 2 : 1 }

  /// Two are the same when a person would say so: what stands beside the tensors follows from the runs.
  public static func == (a: RunManifest, b: RunManifest) -> Bool {
    a.version == b.version && a.kernels == b.kernels && a.model == b.model
      && a.summary == b.summary && a.tree == b.tree && a.notes == b.notes && a.marks == b.marks
      && a.view == b.view && a.fan == b.fan && a.isCompact == b.isCompact
  }
}
