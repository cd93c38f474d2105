extension JSONValue {
  /// Reads a JSON file whose outermost value is an object.
  /// - Throws: `CheckpointError` naming the file, and the byte where it stops being JSON.
  public init(readingFile path: String) throws(CheckpointError) {
    self = try Checkpoint.document(
      MappedFile.read(path), path: path, allowsPythonNumbers: false)
  }
}
