import Checkpoints
import Glibc
import LatentModels
import Tensors
import Trajectories

/// The Jacobian of an iteration and what follows from it.
extension InsideVerifier {
  mutating func compareDynamics(_ run: Run) throws {
    let key = "\(run.prompt.key).dyn"
    guard reference.names.contains(where: { $0.hasPrefix("\(key).") }) else {
      return ledger.skip("dyn of \(run.prompt.name)", why: "the reference has none")
    }
    try compareResiduals(run, key)
    do {
      for (name, iteration) in [("half", reference.half), ("R", reference.iterations)] {
        let map = try model.linearize(run.states[iteration], in: run.context, .plain)
        try compareProducts(map, name, iteration, run, key)
        try compareSpectrum(map, name, iteration, run)
      }
      try compareGrowth(run, key)
    } catch let error as NoLinearization {
      ledger.skip("dyn of \(run.prompt.name)", why: error.description)
    }
  }

  private mutating func compareResiduals(_ run: Run, _ key: String) throws {
    let residuals = (1...reference.iterations).map { iteration in
      StateMetrics.distances(
        to: run.states[iteration - 1].rows, of: [run.states[iteration].rows])[0]
    }
    for (index, row) in residuals.enumerated() {
      try compare(
        "dyn.residual", row, with: "\(key).residual", [index], iteration: index + 1,
        place: run.prompt.name, toleranceKey: "\(key).residual")
    }
    guard let expected = floats("\(key).contraction_slope"),
      let allowed = floats("\(key).contraction_slope_tolerance"),
      allowed.count == expected.count, expected.count == run.context.ids.count
    else { return }
    let window = try (reference.half..<reference.iterations).map {
      try part("\(key).residual", [$0]) ?? []
    }
    let norms = StateMetrics.measure(run.states[reference.iterations].rows, previous: nil)
    var low: [Int] = []
    for (token, (slope, allowed)) in zip(expected, allowed).enumerated() where allowed <= 0.1 {
      // Residuals of float32 states stop where these are rounded: below, a slope is that of noise.
      let floor = Self.residualFloor * (norms[token].norm ?? .infinity)
      guard window.allSatisfy({ $0.indices.contains(token) && $0[token] >= floor }) else {
        low.append(token)
        continue
      }
      let own = residuals[reference.half...].map { Double($0[token]) }
      ledger.compare(
        "dyn.contraction_slope", iteration: nil, [Float(ContractionSlope.of(own) ?? .nan)],
        with: [slope], place: "\(run.prompt.name) token \(token)"
      ) { _ in allowed }
    }
    if !low.isEmpty {
      ledger.skip(
        "dyn.contraction_slope of \(run.prompt.name), tokens "
          + low.map(String.init).joined(separator: ", "),
        why: "residuals fall below \(Self.residualFloor) of the state, where float32 stops")
    }
  }

  private static let residualFloor: Float = 1e-5

  private mutating func compareProducts(
    _ map: Linearization, _ name: String, _ iteration: Int, _ run: Run, _ key: String
  ) throws {
    for (product, vector, apply) in [
      ("jvp", "v", { map.pushForward($0) }), ("vjp", "u", { map.pullBack($0) }),
    ] as [(String, String, (Matrix) -> Matrix)] {
      guard let vector = matrix("\(key).\(vector)") else { continue }
      guard vector.rows == map.rows, vector.columns == map.width else {
        ledger.expect(
          false, family: "dyn.\(product)", iteration: iteration,
          place: "\(run.prompt.name): a vector of [\(vector.rows), \(vector.columns)]")
        continue
      }
      try compare(
        "dyn.\(product)", apply(vector).values, with: "\(key).\(product)_\(name)",
        iteration: iteration, place: run.prompt.name)
    }
  }

  private mutating func compareSpectrum(
    _ map: Linearization, _ name: String, _ iteration: Int, _ run: Run
  ) throws {
    guard let json = run.prompt.json["dynamics"]?[name] else { return }
    let place = run.prompt.name
    let spectrum = LocalSpectrum(tokens: map.rows, width: map.width, directions: map.width) {
      map.pushForward($0, withinTokens: true)
    }
    compareRelative(
      "dyn.spectral_radius", [spectrum.radius], json["spectral_radius"].map { [$0] },
      "spectral_radius_rel", iteration, place)
    let leading = spectrum.leading(5)
    compareRelative(
      "dyn.top5_moduli", leading.map(\.value.modulus), json["top5_moduli"]?.array, "top5_rel",
      iteration, place)
    compareLeading(spectrum, json, iteration, place)
    if let expected = json["spectral_radius_per_token"]?.array,
      let allowed = tolerance("dynamics.per_token_abs")
    {
      ledger.compare(
        "dyn.spectral_radius_per_token", iteration: iteration,
        (0..<map.rows).map { Float(spectrum.radius(of: $0) ?? .nan) },
        with: expected.map { Float($0.number ?? .nan) }, place: place
      ) { _ in allowed }
    }
    if let expected = json["sigma_max"] {
      let ours = LargestSingularValue.find(
        rows: map.rows, width: map.width, push: { map.pushForward($0) }, pull: map.pullBack)
      compareRelative("dyn.sigma_max", [ours], [expected], "sigma_max_rel", iteration, place)
    }
    for name in ["frobenius", "power_iteration_200"] where json[name] != nil {
      withoutTolerance.insert("dynamics.\(name)")
    }
  }

  /// Each of the leading eigenvalues must be one of ours, and of the same token.
  private mutating func compareLeading(
    _ spectrum: LocalSpectrum, _ json: JSONValue, _ iteration: Int, _ place: String
  ) {
    guard let expected = json["top5_eigenvalues"]?.array, let tokens = json["token_of_top5"]?.array,
      let allowed = tolerance("dynamics.top5_rel")
    else { return }
    for (index, (entry, token)) in zip(expected, tokens).enumerated() {
      guard let numbers = entry.array?.compactMap(\.number), numbers.count == 2,
        let token = token.integer, spectrum.eigenvalues.indices.contains(token)
      else {
        ledger.expect(false, family: "dyn.top5_eigenvalues", iteration: iteration, place: place)
        continue
      }
      let wanted = ComplexNumber(numbers[0], numbers[1])
      let distance =
        spectrum.eigenvalues[token].map {
          ComplexNumber($0.real - wanted.real, $0.imaginary - wanted.imaginary).modulus
        }.min() ?? .infinity
      ledger.compare(
        "dyn.top5_eigenvalues", iteration: iteration, [Float(distance)], with: [0],
        place: "\(place) token \(token), eigenvalue \(index)"
      ) { _ in allowed * Float(wanted.modulus) }
    }
  }

  private mutating func compareGrowth(_ run: Run, _ key: String) throws {
    guard let direction = matrix("\(key).v"), direction.rows == run.context.ids.count,
      direction.columns == model.facts.width
    else { return }
    var growth = GrowthExponent(direction: direction)
    for iteration in 0..<reference.iterations {
      let map = try model.linearize(run.states[iteration], in: run.context, .plain)
      growth.advance { map.pushForward($0) }
    }
    try compare(
      "dyn.log_growth", growth.logGrowth.map { Float($0) }, with: "\(key).log_growth",
      iteration: nil, place: run.prompt.name)
    try compare(
      "dyn.tangent_R", growth.direction.values, with: "\(key).tangent_R",
      iteration: reference.iterations, place: run.prompt.name)
    if let expected = run.prompt.json["dynamics"]?["exponent"]?.number,
      let allowed = tolerance("dynamics.exponent_abs")
    {
      ledger.compare(
        "dyn.exponent", iteration: nil, [Float(growth.exponent ?? .nan)], with: [Float(expected)],
        place: run.prompt.name
      ) { _ in allowed }
    }
  }

  private mutating func compareRelative(
    _ family: String, _ ours: [Double?], _ expected: [JSONValue]?, _ key: String, _ iteration: Int,
    _ place: String
  ) {
    guard let expected, let allowed = tolerance("dynamics.\(key)") else { return }
    ledger.compare(
      family, iteration: iteration, ours.map { Float($0 ?? .nan) },
      with: expected.map { Float($0.number ?? .nan) }, place: place
    ) { allowed * abs($0) }
  }
}
