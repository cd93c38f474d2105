import Foundation

extension Exporter {
  public static let png = Exporter(
    name: "png", ending: "png",
    explanation:
      "the same as pixels, made by a tool of yours: \(PNGTool.all.map(\.name).joined(separator: ", "))",
    make: .picture { picture in
      try PNGTool.make(
        SVGDrawing.text(of: picture), environment: ProcessInfo.processInfo.environment)
    })
}

/// A program of the user's that makes pixels of a drawing.
struct PNGTool: Sendable {
  let name: String
  /// Its arguments, of a drawing and of what it is to write.
  let arguments: @Sendable (_ drawing: String, _ pixels: String) -> [String]

  /// In the order in which they are tried; all draw at twice the size.
  static let all = [
    PNGTool(name: "rsvg-convert") { ["--zoom", "2", "--output", $1, $0] },
    PNGTool(name: "inkscape") {
      ["--export-type=png", "--export-dpi=192", "--export-filename=\($1)", $0]
    },
    PNGTool(name: "magick") { ["-background", "none", "-density", "192", $0, $1] },
    PNGTool(name: "convert") { ["-background", "none", "-density", "192", $0, $1] },
  ]

  /// Seconds after which it is ended.
  private static let patience = 60.0

  /// The pixels of a drawing.
  /// - Throws: `ExportError` where there is no tool, or it does not make them.
  static func make(_ drawing: String, environment: [String: String]) throws -> [UInt8] {
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for tool in all {
      let paths = folders.map { "\($0)/\(tool.name)" }
      if let path = paths.first(where: { access($0, X_OK) == 0 }) {
        return try tool.run(path, drawing)
      }
    }
    throw ExportError(
      "No program that makes a PNG is on the PATH: none of \(all.map(\.name).joined(separator: ", ")). "
        + "Install one, such as librsvg2-bin, or export svg, which needs none.")
  }

  private func run(_ path: String, _ drawing: String) throws -> [UInt8] {
    let folder = NSTemporaryDirectory() + "muninn-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (source, target, words) = ("\(folder)/a.svg", "\(folder)/a.png", "\(folder)/words")
    try Data(drawing.utf8).write(to: URL(fileURLWithPath: source))
    try Data().write(to: URL(fileURLWithPath: words))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments(source, target)
    // Its words are for the error, not for a screen that is drawn on.
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: words))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    guard ended.wait(timeout: .now() + Self.patience) == .success else {
      process.terminate()
      throw ExportError("\(path) had not made a PNG after \(Int(Self.patience)) s, and was ended.")
    }
    let said = (try? String(contentsOfFile: words, encoding: .utf8)) ?? ""
    guard process.terminationStatus == 0, let data = FileManager.default.contents(atPath: target),
      data.starts(with: [0x89, 0x50, 0x4e, 0x47])
    else {
      let reason = said.split(separator: "\n").first.map { ": \($0.prefix(200))" } ?? "."
      throw ExportError(
        "\(path) made no PNG (status \(process.terminationStatus))\(reason) "
          + "Export svg, which needs no other program.")
    }
    return Array(data)
  }
}
