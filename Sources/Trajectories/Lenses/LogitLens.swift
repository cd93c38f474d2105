extension StreamLens {
  /// The final norm once, then the head: what the stream says by itself. Models that leave much of the
  /// reading to a coda say little this way.
  public static let logit = StreamLens(
    name: "logit", explanation: "the final norm, then the head; no coda",
    readsAll: true
  ) { stream, model, _, _, call in
    try call.control.check()
    return model.finalNorm(stream)
  }
}
