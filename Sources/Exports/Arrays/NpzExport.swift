import Tensors
import Trajectories

extension Exporter {
  public static let npz = Exporter(
    name: "npz", ending: "npz",
    explanation: "arrays for NumPy: states, normed states, every metric, tokens",
    make: .runs(needs: [.ends, .states], RunArrays.write))
}

/// Runs as arrays, of run 3 `run3/states` [R+1, T, d] and so on.
enum RunArrays {
  @Sendable static func write(_ runs: ExportedRuns, _ sink: Exporter.Sink) throws {
    var archive = ZipArchive()
    func add(_ name: String, _ array: NumpyArray) throws {
      try archive.add("\(name).npy", array.bytes, to: sink)
    }
    try add("model", NumpyArray([runs.model]))
    try add(
      "runs", NumpyArray(runs.runs.map { Int32(clamping: $0.number) }, shape: [runs.runs.count]))
    try add("words", NumpyArray(runs.runs.map(\.words)))
    try add("metrics", NumpyArray(runs.metrics.map(\.name)))
    try add("units", NumpyArray(runs.metrics.map(\.unit)))
    for run in runs.runs {
      let trajectory = run.trajectory
      let (iterations, tokens) = (trajectory.steps.count, trajectory.tokens.count)
      let prefix = "run\(run.number)/"
      try add(
        prefix + "ids",
        NumpyArray(trajectory.tokens.map { Int32(clamping: $0.id) }, shape: [tokens]))
      try add(prefix + "texts", NumpyArray(run.texts))
      try add(
        prefix + "positions",
        NumpyArray((0..<tokens).map { Int32(clamping: run.firstToken + $0) }, shape: [tokens]))
      for (name, states) in [("states", run.states), ("normed", run.normed)] where !states.isEmpty {
        let width = states[0].columns
        try add(
          prefix + name,
          NumpyArray(states.flatMap(\.values), shape: [states.count, states[0].rows, width]))
      }
      for metric in runs.metrics {
        let values = trajectory.steps.flatMap { step in
          (0..<tokens).map { row in
            metric.value(trajectory.moment(token: row, iteration: step.iteration)).map { Float($0) }
              ?? .nan
          }
        }
        try add(prefix + metric.name, NumpyArray(values, shape: [iterations, tokens]))
      }
      // −1 where nothing is said.
      let argmax = trajectory.steps.flatMap { step in
        (0..<tokens).map { row in
          step.readings.indices.contains(row)
            ? step.readings[row].argmax.map { Int32(clamping: $0) } ?? -1 : -1
        }
      }
      try add(prefix + "argmax", NumpyArray(argmax, shape: [iterations, tokens]))
    }
    try archive.finish(to: sink)
  }
}
