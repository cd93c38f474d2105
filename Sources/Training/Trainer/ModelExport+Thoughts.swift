import Checkpoints
import LatentModels
import Tasks

extension ModelExport {
  /// The config.json of a model of thoughts: GPT-2's, with the keys that COCONUT's published one adds.
  static func continuousThought(_ recipe: TrainingRecipe, _ precision: Precision) -> JSONValue {
    let sizes = recipe.architecture
    let ids = ThoughtText.tokens
    let thoughts = recipe.stages.last?.thoughts?.count ?? 0
    var members: [(String, JSONValue)] = [
      ("architectures", .array([.string("COCONUTGPT2")])),
      ("model_type", .string("gpt2")),
      ("vocab_size", .integer(ThoughtText.vocabulary)),
      ("n_positions", .integer(sizes.context)),
      ("n_embd", .integer(sizes.width)),
      ("n_layer", .integer(sizes.layers)),
      ("n_head", .integer(sizes.heads)),
      ("n_inner", .integer(sizes.feedForward)),
      ("activation_function", .string("gelu_new")),
      ("layer_norm_epsilon", .number(1e-5)),
      ("scale_attn_weights", .bool(true)),
      ("scale_attn_by_inverse_layer_idx", .bool(false)),
      ("tie_word_embeddings", .bool(true)),
      ("torch_dtype", .string(precision.rawValue)),
      ("bos_token_id", .integer(newline)),
      ("eos_token_id", .integer(newline)),
      ("pad_token_id", .integer(0)),
      ("latent_start_id", .integer(ids.start ?? 0)),
      ("latent_end_id", .integer(ids.end ?? 0)),
      ("latent_id", .integer(ids.latent ?? 0)),
    ]
    if thoughts > 0 {
      members.append((ContinuousThoughtConfiguration.thoughtsKey, .integer(thoughts)))
    }
    members += [
      ("trained_context", .integer(recipe.stages.map(\.length).max() ?? 0)),
      (ReasoningTask.configurationKey, .array(recipe.tasks.map { .string($0.name) })),
    ]
    return .members(members)
  }

  /// The tokenizer of bytes with the tokens around thoughts, and without a line's end before a text: a
  /// question begins where it begins.
  static func thoughtTokenizer(_ bytes: [UInt8]) throws -> JSONValue {
    let ids = ThoughtText.tokens
    let added = zip(ThoughtTokens.texts, [ids.start, ids.latent, ids.end])
      .sorted { $0.1 ?? 0 < $1.1 ?? 0 }
      .map { text, id in
        JSONValue.members([
          ("id", .integer(id ?? 0)), ("content", .string(text)), ("single_word", .bool(false)),
          ("lstrip", .bool(false)), ("rstrip", .bool(false)), ("normalized", .bool(false)),
          ("special", .bool(false)),
        ])
      }
    let members = try JSONValue(parsing: bytes).members ?? []
    return .object(
      members.map { member in
        switch member.name {
        case "added_tokens": JSONMember(member.name, .array(added))
        case "post_processor": JSONMember(member.name, .null)
        default: member
        }
      })
  }
}

extension ParameterLayout.Entry {
  /// Its elements out of the vector, in the order of files.
  package func asInFiles(_ weights: [Float]) -> [Float] {
    let values = weights[offset..<offset + count]
    guard isInputsFirstInFiles else { return Array(values) }
    let (outputs, inputs) = (shape[0], shape[1])
    return (0..<inputs).flatMap { input in
      (0..<outputs).map { weights[offset + $0 * inputs + input] }
    }
  }
}
