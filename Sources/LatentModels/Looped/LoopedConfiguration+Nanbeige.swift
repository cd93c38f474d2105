import Checkpoints

/// What configurations of Nanbeige say in their own way.
extension LoopedConfiguration {
  /// Loops, and the first of them that was trained to answer.
  ///
  /// `loop_loss_weights` holds the weights of the losses on all loops but the last: where it is not
  /// empty it says how many there are, and `num_loops` says nothing.
  static func nanbeigeLoops(
    _ keys: ConfigurationReader
  ) throws(ModelError) -> (loops: Int, answersFrom: Int) {
    let loops = try keys.positive(
      "num_loops", foreign: ["total_ut_steps", "loop_count", "n_loops"], default: 1)
    guard let value = keys.value("loop_loss_weights") else { return (loops, loops) }
    guard let weights = value.array, weights.allSatisfy({ $0.number.map(\.isFinite) == true })
    else {
      throw .configuration(
        key: "loop_loss_weights", problem: "is \(value.shown), not a list of numbers")
    }
    guard !weights.isEmpty else { return (loops, loops) }
    guard weights.count < 1 << 10 else {
      throw .configuration(
        key: "loop_loss_weights",
        problem: "has \(weights.count) weights; no model has so many loops")
    }
    let counted = weights.count + 1
    if counted != loops {
      keys.warn(
        "loop_loss_weights has \(weights.count) weights, so there are \(counted) loops; num_loops, "
          + "\(loops), is not read")
    }
    let sum = weights.reduce(0) { $0 + ($1.number ?? 0) }
    if sum > 1 { keys.warn("loop_loss_weights sum to \(sum), above 1; nothing here reads the sum") }
    return (counted, (weights.firstIndex { ($0.number ?? 0) != 0 } ?? weights.count) + 1)
  }

  /// Refuses what the published code has and no published model: each needs weights of its own, or runs
  /// the layers in another order.
  static func refuseWhatNanbeigeLacks(_ keys: ConfigurationReader) throws(ModelError) {
    try keys.refuse(
      ["enable_double_loop_split", "loop_middle_layers", "loop_share_kv"],
      "loops over the middle layers alone are not read")
    try keys.refuse(
      ["enable_hyper_connection", "enable_mhc", "enable_h_res_identity", "mhc_*"],
      "hyper-connections are not read")
    try keys.refuse(["enable_depth_attention"], "attention over depth is not read")
    try keys.refuse(
      ["emb_neighbor_num", "ngram_*", "emb_split_num", "insert_ngram_layer_idx"],
      "embeddings of n-grams are not read")
  }
}
