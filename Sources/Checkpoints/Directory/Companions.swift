import Foundation

/// The JSON files beside the weights.
struct Companions {
  var configuration: JSONValue
  var generation: JSONValue?
  var tokenizer: Checkpoint.TokenizerState
  var chatTemplate: ChatTemplate.State
  var remarks: [String] = []

  /// Reads what a folder holds. Only `config.json` is required; trouble in the optional files is
  /// kept as a remark or a state, because a model can be looked at without them.
  init(folder: String, advice: String?) throws(CheckpointError) {
    do throws(CheckpointError) {
      configuration = try Checkpoint.document(folder + "/config.json")
    } catch {
      guard error.kind == .missing else { throw error }
      throw CheckpointError(
        .missing, file: folder, "There is no config.json, which says what the tensors mean.",
        advice: advice ?? "Copy it from where the model came from.")
    }
    var remarks: [String] = []
    func optional(_ name: String) -> JSONValue? {
      do throws(CheckpointError) {
        return try Checkpoint.document(folder + "/" + name)
      } catch {
        if error.kind != .missing { remarks.append("\(error)") }
        return nil
      }
    }
    generation = optional("generation_config.json")
    let settings = optional("tokenizer_config.json")
    do throws(CheckpointError) {
      tokenizer = .present(try Tokenizer.open(folder + "/tokenizer.json"))
    } catch {
      tokenizer = error.kind == .missing ? .missing : .unreadable(error)
    }
    let template =
      FileManager.default.fileExists(atPath: folder + "/chat_template.jinja")
      ? (try? MappedFile.read(folder + "/chat_template.jinja", limit: 1 << 20)) : nil
    chatTemplate = ChatTemplate.state(
      settings: settings, separate: template.map { String(decoding: $0, as: UTF8.self) })
    self.remarks = remarks
  }

  /// The files of a model that is already in memory.
  init(configuration: JSONValue, tokenizer: Checkpoint.TokenizerState) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    chatTemplate = .absent
  }
}
