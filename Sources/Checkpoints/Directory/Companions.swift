import Foundation

/// The JSON files beside the weights.
struct Companions {
  var configuration: JSONValue
  var generation: JSONValue?
  var tokenizer: Checkpoint.TokenizerState
  var chatTemplate: ChatTemplate.State
  /// What is lost by trouble with one of them, or said twice in it; whole sentences.
  var warnings: [String] = []

  /// Reads what a folder holds. Only `config.json` is required; trouble in the optional files is
  /// kept as a warning or a state, because a model can be looked at without them.
  init(folder: String, advice: String?) throws(CheckpointError) {
    do throws(CheckpointError) {
      configuration = try Checkpoint.document(folder + "/config.json")
    } catch {
      guard error.kind == .missing else { throw error.resuming(advice) }
      throw CheckpointError(
        .missing, file: folder, "There is no config.json, which says what the tensors mean.",
        advice: advice ?? "Copy it from where the model came from.")
    }
    var warnings = Self.repetitions(in: configuration, path: folder + "/config.json")
    func optional(_ name: String) -> JSONValue? {
      let path = folder + "/" + name
      do throws(CheckpointError) {
        let document = try Checkpoint.document(path)
        warnings += Self.repetitions(in: document, path: path)
        return document
      } catch {
        if error.kind != .missing { warnings.append("\(error.resuming(advice))") }
        return nil
      }
    }
    generation = optional("generation_config.json")
    let settings = optional("tokenizer_config.json")
    do throws(CheckpointError) {
      tokenizer = .present(try Tokenizer.open(folder + "/tokenizer.json"))
    } catch {
      tokenizer = error.kind == .missing ? .missing : .unreadable(error.resuming(advice))
    }
    var template: [UInt8]?
    do throws(CheckpointError) {
      template = try MappedFile.read(folder + "/chat_template.jinja", limit: 1 << 20)
    } catch {
      if error.kind != .missing { warnings.append("\(error.resuming(advice))") }
    }
    chatTemplate = ChatTemplate.state(
      settings: settings, separate: template.map { String(decoding: $0, as: UTF8.self) })
    self.warnings = warnings
  }

  private static func repetitions(in document: JSONValue, path: String) -> [String] {
    let names = Set(document.repeatedNames)
    guard !names.isEmpty else { return [] }
    return [
      "\(path) says more than once what \(NameList.text(names)) is; the last one counts, as in"
        + " Python."
    ]
  }

  /// The files of a model that is already in memory.
  init(configuration: JSONValue, tokenizer: Checkpoint.TokenizerState) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    chatTemplate = .absent
  }
}
