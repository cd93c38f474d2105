import Checkpoints
import Engine
import Tensors
import Trajectories

/// Makes runs of the tensors of a file, every number of which is looked at.
struct RunFileReader {
  let file: SafetensorsFile
  let vocabulary: Vocabulary

  // MARK: Tensors

  private func damaged(_ name: String, _ problem: String) -> CheckpointError {
    RunFile.damaged(file.path, "Tensor '\(name)' \(problem).")
  }

  /// The numbers of a tensor; nil where there is none.
  private func floats(_ name: String, _ shape: [Int]) throws(CheckpointError) -> [Float]? {
    guard let tensor = file.tensors[name] else {
      if file.skipped[name] != nil { throw damaged(name, "holds no float32 numbers") }
      return nil
    }
    guard tensor.shape == shape, tensor.elementType == .float32 else {
      throw damaged(
        name, "is \(tensor.elementType.rawValue) \(tensor.shape) where F32 \(shape) belongs")
    }
    return tensor.floats()
  }

  private func needed(_ name: String, _ shape: [Int]) throws(CheckpointError) -> [Float] {
    guard let values = try floats(name, shape) else { throw damaged(name, "is not there") }
    return values
  }

  private func integers(_ name: String, _ shape: [Int?]) throws(CheckpointError) -> [Int] {
    guard let tensor = file.skipped[name], tensor.type == "I32", tensor.shape.count == shape.count,
      zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 }),
      let values = tensor.integers()
    else {
      let words = shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ")
      throw damaged(name, "is not there as I32 [\(words)]")
    }
    return values
  }

  /// Checks numbers: NaN stands for none, and the others lie in a range.
  private func check(
    _ values: some Sequence<Float>, _ range: ClosedRange<Float>, _ name: String
  ) throws(CheckpointError) {
    for value in values where !value.isNaN && !range.contains(value) {
      throw damaged(name, "holds \(value), which is none of its numbers")
    }
  }

  // MARK: Runs

  func trajectory(_ node: SavedNode) throws(CheckpointError) -> Trajectory {
    func name(_ what: String) -> String { RunFileTensors.name(node.node, what) }
    let (moments, tokens) = (node.last + 1, node.tokens)
    let ids = try integers(name("ids"), [tokens])
    try checkIDs(ids, name("ids"), from: 0)
    let readings = try Readings(node, self)
    let columns = RunFileTensors.measures.count
    let measures = try needed(name("measures"), [moments, tokens, columns])
    let second = try floats(name("second"), [moments, tokens, columns])
    for (what, values) in [("measures", measures), ("second", second ?? [])] {
      try checkMeasures(values, name(what))
    }
    let lengths = try lengths(node, name("lengths"))
    let seconds = try floats(name("seconds"), [moments]) ?? []
    let gates = node.last > 0 ? try floats(name("gates"), [node.last, tokens]) : nil
    func step(_ iteration: Int) -> Step {
      let rows = iteration * tokens..<(iteration + 1) * tokens
      return Step(
        iteration: iteration,
        measures: rows.map { Self.measure(measures[columns * $0..<columns * ($0 + 1)]) },
        readings: rows.map(readings.reading),
        duration: Self.duration(seconds.indices.contains(iteration) ? seconds[iteration] : 0),
        gates: iteration > 0
          ? gates.map { Array($0[(iteration - 1) * tokens..<iteration * tokens]) } : nil,
        second: second.map { second in
          rows.map { Self.measure(second[columns * $0..<columns * ($0 + 1)]) }
        },
        lengths: iteration > 0 ? lengths?[iteration - 1] : nil)
    }
    var run = Trajectory(
      prompt: node.prompt, tokens: ids.map(vocabulary.token), start: node.start,
      initial: node.startIsUnread == true ? step(0).reading(ids.map { _ in .unread }) : step(0),
      changesLastAlone: node.changesLastAlone)
    for iteration in 1..<max(1, moments) { run.append(step(iteration)) }
    if let distances = try floats(name("distances"), [moments, tokens]) {
      run.measured(distanceToLast: distances.rows(of: tokens))
    }
    if let arrival = try arrival(node) { run.measured(arrival) }
    if let divergence = node.divergence?.divergence { run.located(divergence) }
    return run
  }

  private func checkMeasures(_ values: [Float], _ name: String) throws(CheckpointError) {
    let columns = RunFileTensors.measures.count
    for column in 0..<columns {
      // Of the measures the cosine alone can be less than nothing.
      try check(
        stride(from: column, to: values.count, by: columns).lazy.map { values[$0] },
        column == 3 ? -1.01...1.01 : 0...Float.greatestFiniteMagnitude, name)
    }
  }

  /// How long vectors were before their norm.  // [iterations][vectors][tokens]
  private func lengths(
    _ node: SavedNode, _ name: String
  ) throws(CheckpointError) -> [[[Float]]]? {
    guard node.last > 0, let shape = file.tensors[name]?.shape, shape.count == 3,
      (1...2).contains(shape[1]),
      let values = try floats(name, [node.last, shape[1], node.tokens])
    else { return nil }
    return values.rows(of: shape[1] * node.tokens).map { $0.rows(of: node.tokens) }
  }

  private func checkIDs(_ ids: [Int], _ name: String, from least: Int) throws(CheckpointError) {
    if let bad = ids.first(where: { $0 < least || $0 >= vocabulary.count }) {
      throw damaged(name, "holds the token \(bad) of \(vocabulary.count)")
    }
  }

  private static func measure(_ values: ArraySlice<Float>) -> StateMeasure {
    let values = Array(values)
    func known(_ column: Int) -> Float? { values[column].isNaN ? nil : values[column] }
    return StateMeasure(
      norm: values[0], residual: known(1), relativeResidual: known(2), cosine: known(3),
      acceleration: known(4))
  }

  private static func duration(_ seconds: Float) -> Duration {
    .seconds(seconds > 0 && seconds < 1e9 ? Double(seconds) : 0)
  }

  private func arrival(_ node: SavedNode) throws(CheckpointError) -> Arrival? {
    let name = RunFileTensors.name(node.node, "arrival")
    guard let moments = file.tensors[name]?.shape.first, moments >= 1, moments <= node.last + 1,
      let values = try floats(name, [moments, node.tokens])
    else { return nil }
    return Arrival(
      divergence: values.rows(of: node.tokens).map { $0.map { $0.isFinite ? $0 : nil } })
  }

  /// What was read of a run, by row of all its moments.
  private struct Readings {
    private let scalars: [Float]  // [moments, 3]
    private let ids: [Int]  // [moments, candidates]
    private let chances: [Float]  // [moments, candidates]
    private let count: Int
    private let watched: [Int]
    private var ranks: [Int] = []  // [moments, watched]
    private var standings: [Float] = []  // [moments, watched]
    private let vocabulary: Vocabulary

    init(_ node: SavedNode, _ reader: RunFileReader) throws(CheckpointError) {
      func name(_ what: String) -> String { RunFileTensors.name(node.node, what) }
      let (moments, tokens) = (node.last + 1, node.tokens)
      vocabulary = reader.vocabulary
      scalars = try reader.needed(
        name("readings"), [moments, tokens, RunFileTensors.readings.count])
      // Rounding may leave a little less than nothing.
      try reader.check(scalars, -1e6...Float.greatestFiniteMagnitude, name("readings"))
      ids = try reader.integers(name("candidates"), [moments, tokens, nil])
      count = ids.count / (moments * tokens)
      guard ids.count <= RunFile.mostMoments * 16 else {
        throw reader.damaged(name("candidates"), "holds more than is read")
      }
      try reader.checkIDs(ids, name("candidates"), from: -1)
      chances = try reader.needed(name("probabilities"), [moments, tokens, count])
      try reader.check(chances, 0...1.001, name("probabilities"))
      watched = node.watched
      guard !watched.isEmpty else { return }
      try reader.checkIDs(watched, name("ranks"), from: 0)
      ranks = try reader.integers(name("ranks"), [moments, tokens, watched.count])
      if ranks.contains(where: { $0 < 0 }) {
        throw reader.damaged(name("ranks"), "holds what is no rank")
      }
      standings = try reader.needed(name("chances"), [moments, tokens, watched.count])
      try reader.check(standings, 0...1.001, name("chances"))
    }

    func reading(_ moment: Int) -> Reading {
      let own = moment * count..<(moment + 1) * count
      let top = own.prefix { ids[$0] >= 0 }.map { (id: ids[$0], probability: chances[$0]) }
      let known = watched.indices.compactMap { place -> Standing? in
        let index = moment * watched.count + place
        guard ranks[index] > 0, !standings[index].isNaN else { return nil }
        return Standing(id: watched[place], rank: ranks[index], probability: standings[index])
      }
      func number(_ column: Int) -> Float? {
        let value = scalars[RunFileTensors.readings.count * moment + column]
        return value.isNaN ? nil : value
      }
      return Reading(
        entropy: number(0) ?? .nan, kl: number(1), filteredKL: number(2),
        top: Candidates(top, in: vocabulary), watched: known)
    }
  }

  // MARK: States and planes

  /// The states of a node where they lie; nil where none were kept.
  func states(_ node: SavedNode) throws(CheckpointError) -> KnownStates? {
    let name = RunFileTensors.name(node.node, "states")
    guard let tensor = file.tensors[name] else {
      if file.skipped[name] != nil { throw damaged(name, "holds neither float32 nor bfloat16") }
      return nil
    }
    let iterations = try integers(RunFileTensors.name(node.node, "iterations"), [nil])
    guard tensor.shape.count == 3, tensor.shape[0] == iterations.count,
      tensor.shape[1] == node.tokens, tensor.shape[2] > 0
    else { throw damaged(name, "has the shape \(tensor.shape), which its run has not") }
    guard zip(iterations, iterations.dropFirst()).allSatisfy(<), iterations.first ?? 0 >= 0,
      iterations.last ?? 0 <= node.last
    else { throw damaged(name, "is of iterations that do not ascend within its run") }
    let places = Dictionary(
      zip(iterations, iterations.indices), uniquingKeysWith: { first, _ in first })
    return KnownStates(iterations: iterations) { iteration in
      places[iteration].map { place in
        Matrix(
          rows: tensor.shape[1], columns: tensor.shape[2],
          values: tensor.rows(place..<place + 1).floats())
      }
    }
  }

  func plane(_ plane: SavedPlane) throws(CheckpointError) -> Projection {
    let name = RunFileTensors.plane(plane.node)
    let shape = file.tensors[name]?.shape ?? []
    guard shape.count == 3, shape[2] == plane.explained.count, shape[2] <= 1024,
      plane.first >= 0, plane.first <= plane.last, plane.last <= 1_000_000, plane.texts >= 1,
      plane.token ?? 0 >= 0, shape[0] * shape[1] <= RunFile.mostMoments,
      (plane.explained.map(Double.init) + plane.tokens + [plane.all]).allSatisfy({ !($0 < 0) })
    else { throw damaged(name, "does not fit the plane that the manifest has of it") }
    let values = try needed(name, shape)
    let components = shape[2]
    var coordinates: [[[Float]]] = []
    for iteration in 0..<shape[0] {
      var tokens: [[Float]] = []
      for token in 0..<shape[1] {
        let first = (iteration * shape[1] + token) * components
        let point = Array(values[first..<first + components])
        tokens.append(point.allSatisfy(\.isNaN) ? [] : point)
      }
      while tokens.last?.isEmpty ?? false { tokens.removeLast() }
      coordinates.append(tokens)
    }
    return Projection(
      fit: ProjectionFit(
        token: plane.token, iterations: plane.first...plane.last, texts: plane.texts),
      explainedVarianceRatio: plane.explained, coordinates: coordinates,
      spread: PathSpread.Sums(tokens: plane.tokens, all: plane.all))
  }

  /// The basis of a plane; nil where the file has none.
  func basis(_ plane: SavedPlane) throws(CheckpointError) -> Projector? {
    let name = RunFileTensors.basis(plane.node)
    guard file.tensors[name] != nil || file.skipped[name] != nil else { return nil }
    let width = file.tensors[name]?.shape.last ?? 0
    let count = plane.explained.count
    let values = try needed(name, [3 + count, max(1, width)])
    guard values.allSatisfy(\.isFinite) else { throw damaged(name, "holds what is no number") }
    let mean = (0..<width).map {
      Double(values[$0]) + Double(values[width + $0]) + Double(values[2 * width + $0])
    }
    return Projector(
      ProjectionFit(token: plane.token, iterations: plane.first...plane.last, texts: plane.texts),
      mean: mean,
      components: Matrix(rows: count, columns: width, values: Array(values[(3 * width)...])),
      explainedVarianceRatio: plane.explained)
  }

  /// A table of initial states.
  func table(_ name: String) throws(CheckpointError) -> Matrix {
    let shape = file.tensors[name]?.shape ?? []
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw damaged(name, "is no table of initial states")
    }
    return Matrix(rows: shape[0], columns: shape[1], values: try needed(name, shape))
  }
}

extension [Float] {
  /// Cut into rows of so many.
  fileprivate func rows(of count: Int) -> [[Float]] {
    stride(from: 0, to: self.count, by: Swift.max(1, count)).map { Array(self[$0..<$0 + count]) }
  }
}
