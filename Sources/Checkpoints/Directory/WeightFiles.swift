import Foundation
import Tensors

/// The tensors of one checkpoint, gathered from its weight files.
struct WeightFiles {
  var tensors: [String: StoredTensor] = [:]
  var skipped: [String: SkippedTensor] = [:]
  var files: [Checkpoint.File] = []
  var remarks: [String] = []
  var warnings: [String] = []

  /// Adds the tensors of one file. `named` is what the index says of it, nil without an index.
  mutating func add(_ file: SafetensorsFile, named: Set<String>? = nil) {
    files.append(Checkpoint.File(path: file.path, byteCount: file.byteCount))
    for (name, tensor) in file.tensors where named?.contains(name) ?? true {
      tensors[name] = tensor
    }
    for (name, tensor) in file.skipped where named?.contains(name) ?? true {
      skipped[name] = tensor
    }
    if let named {
      let extra = Set(file.tensors.keys).union(file.skipped.keys).subtracting(named)
      if !extra.isEmpty {
        remarks.append(
          "\(file.path) holds tensors the index does not name, which are ignored:"
            + " \(NameList.text(extra)).")
      }
    }
    let unused = file.gaps.reduce(0) { $0 + $1.count }
    if unused > 0 { remarks.append("\(file.path) has \(unused) bytes that no tensor covers.") }
  }

  /// Finds and reads the weight files of a folder: `model.safetensors`, else the shards its index
  /// names, else the only safetensors file there is.
  static func inFolder(_ folder: String, advice: String?) throws(CheckpointError) -> WeightFiles {
    do throws(CheckpointError) {
      return try reading(folder, advice: advice)
    } catch {
      throw error.resuming(advice)
    }
  }

  private static func reading(
    _ folder: String, advice: String?
  ) throws(CheckpointError) -> WeightFiles {
    var result = WeightFiles()
    let names = try names(in: folder)
    let weights = names.filter { $0.hasSuffix(".safetensors") }
    let indices = names.filter { $0.hasSuffix(".safetensors.index.json") }
    if weights.contains("model.safetensors") {
      result.add(try SafetensorsFile.open(folder + "/model.safetensors"))
    } else if let index = indices.first(where: { $0.hasPrefix("model.") }) ?? indices.first {
      try result.addShards(folder: folder, index: index, advice: advice)
    } else if weights.count == 1 {
      result.add(try SafetensorsFile.open(folder + "/" + weights[0]))
    } else if weights.count > 1 {
      throw CheckpointError(
        .missing, file: folder,
        "The folder holds \(weights.count) safetensors files but no model.safetensors.index.json"
          + " that says what is where.",
        advice: advice ?? "Add the index, or name one of the files.")
    } else {
      let others = names.filter { name in
        [".bin", ".pt", ".pth", ".gguf", ".npz"].contains { name.hasSuffix($0) }
      }
      throw CheckpointError(
        .missing, file: folder,
        "The folder holds no safetensors file"
          + (others.isEmpty ? "." : ", only \(NameList.text(others)), which is not read."),
        advice: advice)
    }
    return result
  }

  private static func names(in folder: String) throws(CheckpointError) -> [String] {
    guard let handle = opendir(folder) else {
      throw CheckpointError(
        .inaccessible, file: folder, "The folder cannot be listed: \(MappedFile.reason(errno)).",
        advice: "Look at its permissions, or name the .safetensors file in it.")
    }
    closedir(handle)
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private mutating func addShards(
    folder: String, index: String, advice: String?
  ) throws(CheckpointError) {
    let path = folder + "/" + index
    let document = try Checkpoint.document(path)
    guard let map = document["weight_map"]?.members, !map.isEmpty else {
      throw CheckpointError(.damaged, file: path, "The index has no 'weight_map'.")
    }
    var places: [String: String] = [:]
    for member in map {
      guard let file = member.value.string, !file.isEmpty, !file.contains("/"), file != "..",
        !file.utf8.contains(0)
      else {
        throw CheckpointError(
          .damaged, file: path,
          "The index gives tensor '\(member.name)' the file \(member.value.serialized()), which is"
            + " no plain file name.")
      }
      if let old = places.updateValue(file, forKey: member.name), old != file {
        warnings.append(
          "\(path) gives the tensor \(NameList.text([member.name])) two files; the last one counts,"
            + " as in Python.")
      }
    }
    var shards: [String: Set<String>] = [:]
    for (name, file) in places { shards[file, default: []].insert(name) }
    let absent = shards.keys.filter { !FileManager.default.fileExists(atPath: folder + "/" + $0) }
    guard absent.isEmpty else {
      throw CheckpointError(
        .missing, file: folder,
        "\(absent.count) of the \(shards.count) weight files the index names are missing"
          + (absent.contains { MappedFile.lostTarget(of: folder + "/" + $0) != nil }
            ? ", or links to what is not there; the download is incomplete:" : ":")
          + " \(NameList.text(absent)).",
        advice: advice ?? "Download them into this folder.")
    }
    for (name, tensors) in shards.sorted(by: { $0.key < $1.key }) {
      let file = try SafetensorsFile.open(folder + "/" + name)
      let lost = tensors.filter { file.tensors[$0] == nil && file.skipped[$0] == nil }
      guard lost.isEmpty else {
        throw CheckpointError(
          .damaged, file: file.path,
          "The index promises \(lost.count) tensors that are not in this file:"
            + " \(NameList.text(lost)).")
      }
      add(file, named: tensors)
    }
  }
}

/// Prints lists of names in messages.
package enum NameList {
  /// The sorted names, the long ones among such lists cut with a count.
  package static func text(_ names: some Collection<String>, limit: Int = 12) -> String {
    let shown = names.sorted().prefix(limit).map { DisplayText.escape($0) }
      .joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }
}
