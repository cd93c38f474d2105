import Tensors
import Testing

@testable import Training

/// What rows hold, read back by rules of their own.
@Suite struct DataTests {
  private func stage(_ mix: [String: Double], length: Int = 48) -> TrainingStage {
    var stage = TrainingStage(name: "s", steps: 100, mix: mix)
    stage.rows = 16
    stage.length = length
    return stage
  }

  private func batch(
    _ stage: TrainingStage, seed: UInt64 = 5, step: Int = 0, limits: [String: Int] = [:],
    text: String? = nil
  ) -> TrainingBatch {
    BatchMaker(
      stage, weights: .init(), text: text.flatMap { PlainText(Array($0.utf8)) }, seed: seed
    ).batch(step: step, limits: limits)
  }

  /// The rows of a batch as text, with what should follow each byte and how much that counts.
  private func rows(
    _ batch: TrainingBatch
  ) -> [(tokens: [Character], targets: [Character], weights: [Float])] {
    func characters(_ ids: ArraySlice<Int32>) -> [Character] {
      ids.map { Character(Unicode.Scalar(UInt8($0))) }
    }
    return (0..<batch.rows).map { row in
      let places = row * batch.length..<(row + 1) * batch.length
      return (
        characters(batch.tokens[places]), characters(batch.targets[places]),
        Array(batch.weights[places])
      )
    }
  }

  /// Every byte of chains of sums: the prompt counts 0.02, the value so far at an operator 0.4, the
  /// answer 1, the end of its line 0.1.
  @Test func sumsHaveTheWeightsAndTargetsOfTheRecipe() {
    var answers = 0
    var stage = stage(["arith": 1])
    stage.verbalShare = 0
    for row in rows(batch(stage, limits: ["arith": 7])) {
      var value: Int?
      var sign = 1
      for (place, token) in row.tokens.enumerated() {
        let target = row.targets[place]
        let weight = row.weights[place]
        let follows = place + 1 < row.tokens.count ? row.tokens[place + 1] : target
        switch token {
        case "\n":
          #expect(place == 0 || value == nil)
          #expect(target == follows && weight == 0.02)
          (value, sign) = (0, 1)
        case "+", "-":
          // What stands there is the value so far, not the chance operand.
          #expect(target == Character("\(value ?? -1)") && weight == 0.4)
          sign = token == "+" ? 1 : -1
        case "?":
          #expect(target == Character("\(value ?? -1)") && weight == 1)
          answers += 1
          value = nil
        default:
          guard let digit = token.wholeNumberValue else {
            Issue.record("'\(token)' in a chain of sums")
            return
          }
          #expect(target == follows)
          if let before = value {
            value = (before + sign * digit + 10) % 10
            #expect(weight == 0.02)
          } else {
            #expect(target == "\n" && weight == 0.1, "after the answer its line ends")
          }
        }
      }
    }
    #expect(answers > 40)
  }

  @Test func writtenStepsCountAsAnswers() {
    var stage = stage(["parity": 1])
    stage.verbalShare = 1
    var written = 0
    for row in rows(batch(stage, limits: ["parity": 6])) {
      var ones: [Character] = []
      var steps: Int?
      for (place, token) in row.tokens.enumerated() {
        switch token {
        case "#": (ones, steps) = ([], nil)
        case "!": steps = 0
        case "0", "1": if steps == nil { ones.append(token) }
        default: break
        }
        guard let done = steps, done <= ones.count else { continue }
        if done < ones.count {
          let parity = ones[...done].count { $0 == "1" } % 2
          #expect(row.targets[place] == Character("\(parity)") && row.weights[place] == 1)
          written += 1
        } else {
          #expect(row.targets[place] == "\n" && row.weights[place] == 0.1)
        }
        steps = done + 1
      }
    }
    #expect(written > 40)
  }

  @Test func textIsAWindowFromAWordAndCountsLittle() {
    let text = "the quick brown fox jumps over the lazy dog and runs away from it all day long "
    for row in rows(batch(stage(["text": 1], length: 24), text: text)) {
      #expect(row.tokens[0] == "\n")
      #expect(text.contains(String(row.tokens[1...].prefix { $0 != "\n" })))
      for place in row.tokens.indices where row.targets[place] != "\n" {
        #expect(row.weights[place] == 0.15)
      }
    }
  }

  @Test func nothingIsHarderThanTheLimit() {
    for row in rows(batch(stage(["arith": 1]), limits: ["arith": 2])) {
      for line in String(row.tokens).split(separator: "\n") {
        #expect(line.count { $0 == "+" || $0 == "-" } <= 2, "\(line)")
      }
    }
  }

  @Test func theHardestIsDrawnAsOftenAsAsked() {
    func share(_ hardest: Double) -> Double {
      var stage = stage(["parity": 1])
      (stage.verbalShare, stage.hardestShare) = (0, hardest)
      // The last line of a row may be cut off.
      let lines = rows(batch(stage, limits: ["parity": 5])).flatMap {
        String($0.tokens).split(separator: "\n").dropLast()
      }
      return Double(lines.count { $0.prefix { $0 != "?" }.count == 6 }) / Double(lines.count)
    }
    #expect((0.12...0.28).contains(share(0)))
    #expect((0.5...0.7).contains(share(0.5)))
    #expect(share(1) == 1)
  }

  @Test func aBatchIsAFunctionOfSeedAndStep() {
    let stage = stage(["arith": 1, "swap": 1, "unknown": 1])
    let limits = ["arith": 5, "swap": 5]
    let one = batch(stage, step: 7, limits: limits)
    #expect(one == batch(stage, step: 7, limits: limits))
    #expect(one != batch(stage, step: 8, limits: limits))
    #expect(one != batch(stage, seed: 6, step: 7, limits: limits))
    let maker = BatchMaker(stage, weights: .init(), text: nil, seed: 5)
    #expect(maker.batch(step: 7, limits: limits, team: ThreadTeam(count: 3)) == one)
  }
}
