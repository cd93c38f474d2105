import Foundation

/// A copy of a fixture model in a folder of its own, to be damaged; gone with the value.
public final class ModelCopy {
  public let path: String

  public init(of name: String) throws {
    path = NSTemporaryDirectory() + "muninn-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for file in try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(name))
    where !file.hasPrefix("golden") {
      try FileManager.default.copyItem(
        atPath: "\(Fixtures.path(name))/\(file)", toPath: "\(path)/\(file)")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Changes one key of config.json; nil removes it.
  public func configure(_ key: String, _ value: Any?) throws {
    let file = URL(fileURLWithPath: "\(path)/config.json")
    var object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    object?[key] = value
    try JSONSerialization.data(withJSONObject: object ?? [:]).write(to: file)
  }
}
