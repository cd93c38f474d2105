import CEmbeddedModel
import Tensors

extension Checkpoint {
  /// The model that ships inside the program, read by the same code as any other.
  /// - Throws: `CheckpointError` only if the program was built from damaged assets.
  public static func embedded() throws(CheckpointError) -> Checkpoint {
    let source = "embedded model"
    let configuration = try document(
      bytes(embedded_config), path: "\(source)/config.json")
    let tokenizer: TokenizerState
    do throws(CheckpointError) {
      let path = "\(source)/tokenizer.json"
      tokenizer = .present(
        try Tokenizer(document(bytes(embedded_tokenizer), path: path), path: path))
    } catch {
      tokenizer = .unreadable(error)
    }
    var weights = WeightFiles()
    weights.add(
      try SafetensorsFile(
        region: try region(embedded_weights), path: "\(source)/model.safetensors"))
    return Checkpoint(
      name: "demo-0.7M", source: source, weights: weights,
      companions: Companions(configuration: configuration, tokenizer: tokenizer))
  }

  /// The tokenizer.json of the embedded model: one token for each byte, which any model over bytes
  /// can ship.
  /// - Throws: `CheckpointError` only if the program was built from damaged assets.
  public static func byteTokenizer() throws(CheckpointError) -> [UInt8] {
    try bytes(embedded_tokenizer)
  }

  /// The list of prompts that ships inside the program.
  /// - Throws: `CheckpointError` only if the program was built from damaged assets.
  public static func embeddedGallery() throws(CheckpointError) -> JSONValue {
    try document(bytes(embedded_gallery), path: "embedded gallery/gallery.json")
  }

  /// The page in which runs are shown without the program, as HTML with places for a title and for data.
  /// - Throws: `CheckpointError` only if the program was built from damaged assets.
  public static func embeddedPage() throws(CheckpointError) -> [UInt8] {
    try bytes(embedded_page)
  }

  /// The tours that ship inside the program: the name of each and its log, in the order in which they are
  /// best given.
  public static func embeddedTours() -> [(name: String, text: String)] {
    (0..<embedded_tour_count()).compactMap { index in
      guard let base = embedded_tour_bytes(index), let name = embedded_tour_name(index) else {
        return nil
      }
      let bytes = UnsafeBufferPointer(start: base, count: embedded_tour_size(index))
      return (String(cString: name), String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func region(_ file: embedded_file) throws(CheckpointError) -> ByteRegion {
    guard let base = embedded_model_bytes(file) else {
      throw CheckpointError(.missing, "The program holds no embedded model.")
    }
    // The bytes are part of the program: nothing to release.
    return ByteRegion(
      base: UnsafeRawPointer(base), count: embedded_model_size(file), release: {})
  }

  private static func bytes(_ file: embedded_file) throws(CheckpointError) -> [UInt8] {
    let region = try region(file)
    return region.bytes(in: 0..<region.count)
  }
}
