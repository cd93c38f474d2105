import LatentModels

extension StreamLens {
  /// The stream taken as the state an iteration left, and read out as the model reads states: for
  /// Huginn ln_f → coda → ln_f → head. At the last block it is the model's own prediction. Attention of
  /// the coda mixes tokens, so all of them are read at the same block; tokens before these, of which a
  /// memory has keys and values, as they were read when the text went on.
  public static let coda = StreamLens(
    name: "coda",
    explanation: "the stream taken as the state, and read out through the coda as the model does",
    readsAll: false
  ) { stream, model, state, context, call in
    let taken = LatentState(
      rows: model.state(endingWith: stream), places: state.places,
      iteration: state.iteration + 1, memory: state.memory)
    return try model.decode(taken, in: context, call).hidden
  }
}
