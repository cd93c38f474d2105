import Checkpoints

/// Finds rotary settings in all the forms in which configurations hold them:
///
/// - a base of its own (`rope_theta`, `rope_base`), with `rope_scaling` beside it: the older form;
/// - both in `rope_parameters`, flat, or once for each type of layer: the form of transformers 5,
///   which reads an old `rope_scaling` in its place.
///
/// Where forms disagree, what counts is what counts in transformers 5, and it is said.
struct RotaryReader {
  private let keys: ConfigurationReader
  /// What models of this kind call the base, and what others call it.
  private let names: (own: String, foreign: [String])
  /// The object that holds, without what is null in it.
  private let settings: JSONValue?
  /// How messages call that object.
  private let address: String

  init(
    _ keys: ConfigurationReader, base own: String, foreign: [String]
  ) throws(ModelError) {
    self.keys = keys
    names = (own, foreign)
    let scaling = try keys.object("rope_scaling").flatMap(Self.filled)
    let parameters = try keys.object("rope_parameters").flatMap(Self.filled)
    if let scaling {
      (settings, address) = (scaling, "rope_scaling")
      if let parameters { Self.compare(scaling, parameters, keys) }
    } else if let parameters {
      (settings, address) = try Self.layer(parameters, keys)
    } else {
      (settings, address) = (nil, "rope_parameters")
    }
  }

  /// Without null members; nil when nothing is left, as an empty object says nothing.
  private static func filled(_ object: JSONValue) -> JSONValue? {
    let members = (object.members ?? []).filter { !$0.value.isNull }
    return members.isEmpty ? nil : .object(members)
  }

  private static func compare(
    _ scaling: JSONValue, _ parameters: JSONValue, _ keys: ConfigurationReader
  ) {
    for member in parameters.members ?? [] where member.name != "rope_theta" {
      let other =
        scaling[member.name] ?? (member.name == "rope_type" ? scaling["type"] : nil)
      guard let other, other.isSame(as: member.value) else {
        keys.warn("rope_scaling is there, so rope_parameters.\(member.name) is not read")
        continue
      }
    }
  }

  /// Of settings for each type of layer, those of full attention, the only type there is here.
  private static func layer(
    _ parameters: JSONValue, _ keys: ConfigurationReader
  ) throws(ModelError) -> (JSONValue?, String) {
    let layers = (parameters.members ?? []).filter { $0.value.members != nil }
    guard !layers.isEmpty else { return (parameters, "rope_parameters") }
    let address = "rope_parameters.full_attention"
    guard let full = layers.last(where: { $0.name == "full_attention" }) else {
      throw .configuration(
        key: address,
        problem: "is missing; what is there is for \(NameList.text(layers.map(\.name)))")
    }
    for member in parameters.members ?? []
    where member.name != "full_attention" && !member.value.isSame(as: full.value) {
      keys.warn(
        "rope_parameters.\(member.name) is not read; all layers are of full attention, for which"
          + " there are settings of their own")
    }
    return (filled(full.value), address)
  }

  /// The base, and the address it was found at.
  /// - Parameter readsSettings: whether models of this kind read a base among `settings`; where they
  ///   do not, it stands in for one that is missing.
  func base(
    default fallback: Float, readsSettings: Bool
  ) throws(ModelError) -> (value: Float, key: String) {
    guard let chosen = try chosen(readsSettings: readsSettings) else {
      let value = try keys.float(names.own, default: fallback)
      return (value, names.own)
    }
    var others = ([names.own] + names.foreign).compactMap { name in
      keys.value(name).map { (key: name, value: $0) }
    }
    for place in ["rope_scaling", "rope_parameters", "rope_parameters.full_attention"] {
      let object = place == address ? settings : keys.value(place)
      if let value = object?.present("rope_theta") { others.append(("\(place).rope_theta", value)) }
    }
    for other in others where other.key != chosen.key && !other.value.isSame(as: chosen.value) {
      keys.warn(
        "\(other.key) is \(other.value.shown); the rotary base of models of this kind is "
          + "\(chosen.key), which is \(chosen.value.shown)")
    }
    if chosen.isStandIn {
      keys.warn("\(names.own) is missing; \(chosen.key), \(chosen.value.shown), is used")
    }
    return (Float(try ConfigurationReader.number(chosen.value, key: chosen.key)), chosen.key)
  }

  private func chosen(
    readsSettings: Bool
  ) throws(ModelError) -> (key: String, value: JSONValue, isStandIn: Bool)? {
    let inner = settings?["rope_theta"].map { (key: "\(address).rope_theta", value: $0) }
    if readsSettings, let inner { return (inner.key, inner.value, false) }
    if let own = keys.value(names.own) { return (names.own, own, false) }
    if let inner { return (inner.key, inner.value, true) }
    if let value = keys.value("rope_parameters")?.present("rope_theta") {
      return ("rope_parameters.rope_theta", value, !readsSettings)
    }
    for name in names.foreign {
      if let value = keys.value(name) { return (name, value, true) }
    }
    return nil
  }

  /// By what models divide positions that know this scaling and no other; 1 where they do not.
  func positionFactor() throws(ModelError) -> Float {
    try refusePartialTurns()
    guard let settings else { return 1 }
    let type = try type(of: settings)
    let key = settings["rope_type"] == nil ? "type" : "rope_type"
    guard ["default", "linear"].contains(type) else {
      throw .configuration(
        key: "\(address).\(key)",
        problem: "is \"\(type)\"; only default and linear are read"
          + (type == "dynamic" ? ", because what dynamic gives depends on the calls before" : ""))
    }
    warnOfRest(settings, type: type)
    guard type == "linear" else { return 1 }
    guard let factor = settings["factor"] else {
      throw .configuration(key: "\(address).factor", problem: "is missing")
    }
    let number = try ConfigurationReader.number(factor, key: "\(address).factor")
    guard number >= 1 else {
      throw .configuration(key: "\(address).factor", problem: "is \(factor.shown), below 1")
    }
    return Float(number)
  }

  /// Refuses heads of which only a part turns.
  private func refusePartialTurns() throws(ModelError) {
    let partial = "partial_rotary_factor"
    for (place, value) in [(address + ".", settings?[partial]), ("", keys.value(partial))] {
      guard let value, value.number != 1 else { continue }
      throw .configuration(
        key: place + partial,
        problem: "is \(value.shown); heads are turned whole here")
    }
  }

  /// The scaling of models that have one.
  func scaling() throws(ModelError) -> RotaryConfiguration.Llama3Scaling? {
    try refusePartialTurns()
    guard let settings else { return nil }
    let type = try type(of: settings)
    guard ["default", "llama3"].contains(type) else {
      throw .configuration(
        key: "\(address).rope_type", problem: "is \"\(type)\"; only default and llama3 are read")
    }
    warnOfRest(settings, type: type)
    return type == "llama3" ? try llama3(settings) : nil
  }

  /// Says that models of this kind are not scaled, where the file holds a scaling.
  func warnOfScaling() {
    guard let settings,
      let what = settings["rope_type"] ?? settings["type"] ?? settings["factor"],
      what.string != "default"
    else { return }
    keys.warn("\(address) is \(settings.shown); models of this kind do not scale their angles")
  }

  private func type(of settings: JSONValue) throws(ModelError) -> String {
    let found = ["rope_type", "type"].compactMap { name in
      settings[name].map { (name: name, value: $0) }
    }
    for (name, value) in found where value.string == nil {
      throw .configuration(key: "\(address).\(name)", problem: "is \(value.shown), not a string")
    }
    guard let first = found.first?.value.string else {
      let scales = ["factor", "low_freq_factor", "high_freq_factor", "short_factor", "long_factor"]
      guard let scale = scales.first(where: { settings[$0] != nil }) else { return "default" }
      throw .configuration(
        key: "\(address).rope_type", problem: "is missing, though there is a \(scale)")
    }
    if found.count == 2, !found[0].value.isSame(as: found[1].value) {
      keys.warn("\(address).type is \(found[1].value.shown); rope_type, \"\(first)\", is read")
    }
    return first
  }

  /// Says which members of the settings have no part in the scaling.
  private func warnOfRest(_ settings: JSONValue, type: String) {
    var read = ["rope_type", "type", "rope_theta", "partial_rotary_factor"]
    if type == "linear" { read.append("factor") }
    if type == "llama3" {
      read += [
        "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings",
      ]
    }
    for member in settings.members ?? [] where !read.contains(member.name) {
      if type == "default", member.name == "factor", member.value.number == 1 { continue }
      keys.warn(
        "\(address).\(member.name) is \(member.value.shown); type \(type) does not read it")
    }
  }

  private func llama3(
    _ settings: JSONValue
  ) throws(ModelError) -> RotaryConfiguration.Llama3Scaling {
    func required(_ name: String) throws(ModelError) -> JSONValue {
      guard let value = settings[name] else {
        throw .configuration(key: "\(address).\(name)", problem: "is missing")
      }
      return value
    }
    func number(_ name: String) throws(ModelError) -> Float {
      Float(try ConfigurationReader.number(try required(name), key: "\(address).\(name)"))
    }
    let context = "original_max_position_embeddings"
    let outer = keys.value(context)
    if let outer, let inner = settings[context], !inner.isSame(as: outer) {
      keys.warn("\(context) is \(outer.shown); \(address).\(context), \(inner.shown), is read")
    }
    guard let length = settings[context] ?? outer else {
      throw .configuration(key: "\(address).\(context)", problem: "is missing")
    }
    let scaling = RotaryConfiguration.Llama3Scaling(
      factor: try number("factor"), lowFrequencyFactor: try number("low_freq_factor"),
      highFrequencyFactor: try number("high_freq_factor"),
      originalContext: try ConfigurationReader.whole(
        length, key: "\(address).\(context)", least: 1))
    guard scaling.highFrequencyFactor > scaling.lowFrequencyFactor else {
      throw .configuration(
        key: "\(address).high_freq_factor",
        problem: "\(scaling.highFrequencyFactor) is not above low_freq_factor "
          + "\(scaling.lowFrequencyFactor)")
    }
    return scaling
  }
}

extension ConfigurationReader {
  /// The settings of models with blocks of the Llama family.
  /// - Parameter foreign: what other families call the base.
  func llamaRotary(
    foreign: [String] = ["rope_base", "rotary_base", "rotary_emb_base"], default fallback: Float,
    headDimension: Int, positions: Int
  ) throws(ModelError) -> RotaryConfiguration {
    let reader = try RotaryReader(self, base: "rope_theta", foreign: foreign)
    let base = try reader.base(default: fallback, readsSettings: true)
    let rotary = RotaryConfiguration(base: base.value, scaling: try reader.scaling())
    try rotary.check(headDimension: headDimension, positions: positions, key: base.key)
    return rotary
  }

  /// The settings of models with blocks of the Llama family that know linear scaling and no other.
  func linearRotary(
    default fallback: Float, headDimension: Int, positions: Int
  ) throws(ModelError) -> RotaryConfiguration {
    let reader = try RotaryReader(
      self, base: "rope_theta", foreign: ["rope_base", "rotary_base", "rotary_emb_base"])
    let base = try reader.base(default: fallback, readsSettings: true)
    let rotary = RotaryConfiguration(
      base: base.value, positionFactor: try reader.positionFactor())
    try rotary.check(headDimension: headDimension, positions: positions, key: base.key)
    return rotary
  }

  /// The settings of Huginn, whose published code reads `rope_base` and nothing else.
  func huginnRotary(
    default fallback: Float, headDimension: Int, positions: Int
  ) throws(ModelError) -> RotaryConfiguration {
    let reader = try RotaryReader(
      self, base: "rope_base", foreign: ["rope_theta", "rotary_base", "rotary_emb_base"])
    let base = try reader.base(default: fallback, readsSettings: false)
    reader.warnOfScaling()
    let rotary = RotaryConfiguration(base: base.value)
    try rotary.check(headDimension: headDimension, positions: positions, key: base.key)
    return rotary
  }
}
