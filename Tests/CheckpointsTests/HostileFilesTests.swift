import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Files damaged at random are read or refused in words: nothing traps and nothing runs on.
@Suite struct HostileFilesTests {
  @Test(arguments: [
    "tokenizers-tiny/gpt2-style", "tokenizers-tiny/llama3-style", "tokenizers-tiny/metaspace-style",
    "tokenizers-tiny/sentencepiece-style", "tokenizers-tiny/smollm2-style", "ouro-tiny",
  ]) func tokenizers(name: String) throws {
    let bytes = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("\(name)/tokenizer.json"))))
    guard case .object(let members) = try JSONValue(parsing: bytes) else { return }
    let text = "Hello, wörld! 1234  \u{301}日本 <s></s>\n\n👍 don't\u{1100}\u{1161}"
    var dice = Dice(seed: 5)
    var (read, refused) = (0, 0)
    for _ in 0..<Effort.times(40) {
      do {
        let document: JSONValue
        if dice.once(in: 8) {
          document = try JSONValue(parsing: dice.damage(bytes))
        } else {
          // The vocabulary is most of the file and has nothing to say.
          let place = dice.below(members.count)
          var changed = members
          changed[place] = JSONMember(members[place].name, dice.damage(members[place].value))
          document = .object(changed)
        }
        let tokenizer = try Tokenizer(document, path: "tokenizer.json")
        let ids = try tokenizer.encode(text, addSpecialTokens: true)
        _ = tokenizer.decode(ids + [-1, 0, .max], skipSpecialTokens: dice.once(in: 2))
        read += 1
      } catch {
        #expect(error is CheckpointError || error is JSONError, "\(error)")
        #expect(isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(read > 5 && refused > 5)
  }

  @Test func safetensors() throws {
    let folder = try TemporaryFolder()
    let path = Fixtures.path("torch-random/golden.safetensors")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var dice = Dice(seed: 6)
    var (read, refused) = (0, 0)
    for _ in 0..<Effort.times(100) {
      let file = try folder.write(
        "a.safetensors", dice.damage(bytes, reach: dice.once(in: 4) ? .max : header))
      do throws(CheckpointError) {
        for tensor in try SafetensorsFile.open(file).tensors.values {
          #expect(tensor.floats().count == tensor.shape.reduce(1, *))
        }
        read += 1
      } catch {
        #expect(error.file == file && isPrintable("\(error)"), "\(error)")
        refused += 1
      }
    }
    #expect(read > 5 && refused > 5)
  }
}
