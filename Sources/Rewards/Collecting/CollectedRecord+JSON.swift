import Checkpoints
import Evaluation
import Foundation

extension CollectedRecord {
  public func line(file: String) -> String { CheckedLine.seal(members, file: file) }

  private var members: [JSONMember] {
    let head = [JSONMember("problem", .integer(number))]
    switch outcome {
    case .leftOut(let reason): return head + [JSONMember("left_out", .string(reason))]
    case .diverged: return head + [JSONMember("diverged", .bool(true))]
    case .unanimous(let right): return head + [JSONMember("unanimous", .bool(right))]
    case .kept(let kept):
      return head + [
        JSONMember("ids", .array(kept.ids.map { .integer($0) })),
        JSONMember("hits", .array(kept.hits.map { .array($0.map { .integer($0) }) })),
        JSONMember("correct", .array(kept.correct.map { .bool($0) })),
        JSONMember("states", .string(Self.text(kept.states))),
      ]
    }
  }

  /// Out of a line; nil for what this program would not write.
  /// - Parameter plan: what the line is a result of.
  init?(_ document: JSONValue, plan: CollectionPlan) {
    guard let number = document["problem"]?.integer, number >= 0 else { return nil }
    if let reason = document["left_out"]?.string {
      self.init(number: number, outcome: .leftOut(reason))
    } else if document["diverged"]?.bool == true {
      self.init(number: number, outcome: .diverged)
    } else if let right = document["unanimous"]?.bool {
      self.init(number: number, outcome: .unanimous(right: right))
    } else {
      guard let kept = Rollouts(document, plan: plan) else { return nil }
      self.init(number: number, outcome: .kept(kept))
    }
  }

  /// Little-endian float32 in base 64.
  fileprivate static func text(_ values: [Float]) -> String {
    Data(values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
      .base64EncodedString()
  }

  fileprivate static func values(_ text: String) -> [Float]? {
    guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { return nil }
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count, by: 4).map { first in
      Float(
        bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[first + $1]) << (8 * $1) })
    }
  }
}

extension CollectedRecord.Rollouts {
  fileprivate init?(_ document: JSONValue, plan: CollectionPlan) {
    let ids = document["ids"]?.array?.compactMap(\.integer) ?? []
    let rows = document["hits"]?.array ?? []
    let hits = rows.map { ($0.array ?? []).compactMap(\.integer) }
    let correct = document["correct"]?.array?.compactMap(\.bool) ?? []
    let rollouts = plan.sampled.samples
    guard !ids.isEmpty, ids.count == document["ids"]?.array?.count,
      hits.count == rollouts, correct.count == rollouts,
      ids.allSatisfy({ (0...Int(Int32.max)).contains($0) }),
      Set(correct).count == 2,
      zip(rows, hits).allSatisfy({ $0.array?.count == plan.steps && $1.count == plan.steps }),
      hits.allSatisfy({ $0.allSatisfy { (0...plan.completions).contains($0) } }),
      let states = document["states"]?.string.flatMap(CollectedRecord.values),
      !states.isEmpty, states.count % (plan.steps * rollouts) == 0,
      states.allSatisfy(\.isFinite)
    else { return nil }
    self.init(ids: ids, states: states, hits: hits, correct: correct)
  }
}
