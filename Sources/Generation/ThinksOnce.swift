import LatentModels

/// A way of writing that gives every token iterations, of a model that thinks once, behind its prompt.
public struct ThinksOnce: Error, Equatable, CustomStringConvertible {
  /// What was asked for, as the subject of a sentence.
  public let asked: String

  init(asked: String) { self.asked = asked }

  /// - Throws: `ThinksOnce` where thoughts are had behind the prompt alone.
  static func refuse(_ asked: String, of model: any LatentModel) throws(ThinksOnce) {
    if model.facts.thoughts != nil { throw ThinksOnce(asked: asked) }
  }

  public var description: String {
    "\(asked) needs iterations of every token, and this model thinks once, behind its prompt. Leave "
      + "it out; --steps, --exit and --until say how many thoughts it has."
  }
}
