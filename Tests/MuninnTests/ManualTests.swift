import Checkpoints
import Explorer
import Foundation
import Testing

@testable import muninn

/// The pages that are made of the tables.
@Suite struct ManualTests {
  private func page() throws -> [String] {
    ManPage.lines(try .program(), version: Muninn.configuration.version)
  }

  @Test func everySubcommandAndOptionIsInThePage() throws {
    let (page, program) = (try page(), try CommandPage.program())
    let text = page.joined(separator: "\n")
    #expect(program.all.count > 15)
    for command in program.all.dropFirst() {
      #expect(page.contains(".SS \"muninn \(Roff.escaped(command.name))\""), "\(command.name)")
      #expect(!command.abstract.isEmpty && text.contains(Roff.escaped(command.abstract)))
      for paragraph in command.discussion { #expect(text.contains(Roff.escaped(paragraph))) }
      for argument in command.arguments where !ManPage.common.contains(argument.usage) {
        let isThere = page.contains("\\fB\(Roff.escaped(argument.usage))\\fR")
        #expect(isThere, "\(argument.usage)")
      }
    }
    // Those that anybody would look for.
    for name in ["trace", "diff", "reward train", "manual"] {
      #expect(program.all.contains { $0.name == name })
    }
  }

  @Test func everyKeyAndCommandIsInBothPages() throws {
    let (page, keys) = (try page().joined(separator: "\n"), KeysPage.lines())
    let entries = CommandManual.explorer.flatMap(\.entries)
    #expect(entries.count > 100)
    for entry in entries {
      #expect(page.contains(Roff.escaped(":" + entry.usage)), "\(entry.usage)")
      #expect(page.contains(Roff.escaped(entry.doc)))
      let row = try #require(
        keys.first { $0.contains("`:\(entry.usage.replacing("|", with: "\\|"))` |") },
        "\(entry.usage)")
      for key in entry.keys {
        #expect(page.contains(Roff.escaped(key)))
        #expect(row.contains(key.replacing("|", with: "\\|")), "\(key) in \(row)")
      }
    }
    for entry in CommandManual.training.entries {
      #expect(page.contains(Roff.escaped(entry.doc)))
      #expect(keys.contains { $0.contains(entry.doc) })
    }
    // Three columns a row, whatever is in them.
    for row in keys where row.hasPrefix("|") {
      #expect(row.replacing("\\|", with: "").split(separator: "|").count == 3, "\(row)")
    }
  }

  /// What is no ASCII, and what the formatter would take for its own.
  @Test func nothingIsTakenForARequest() throws {
    #expect(Roff.escaped("a-b \\ 'ü‖") == "a\\-b \\e \\(aq\\[u00FC]\\[u2016]")
    for line in try page() {
      #expect(line.utf8.allSatisfy { $0 < 128 }, "\(line)")
      if line.hasPrefix(".") {
        let known = [".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi", ".RS", ".RE"]
        #expect(known.contains { line == $0 || line.hasPrefix($0 + " ") }, "\(line)")
      }
      #expect(!line.hasPrefix("'") && !line.hasPrefix(" "))
    }
  }

  private static let groff = ["/usr/bin/groff", "/usr/local/bin/groff"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The formatter has nothing to complain about, and all of it comes out.
  @Test(.enabled(if: groff != nil, "groff is not installed, which formats manual pages"))
  func theFormatterDoesNotComplain() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.groff))
    process.arguments = ["-man", "-Tutf8", "-ww", "-rLL=100n"]
    let (input, output, complaints) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = complaints
    try process.run()
    let text = try page().joined(separator: "\n") + "\n"
    DispatchQueue.global().async {
      try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try? input.fileHandleForWriting.close()
    }
    let out = try output.fileHandleForReading.readToEnd() ?? Data()
    let trouble = String(
      decoding: try complaints.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    // Adjusting a line that has one long word is no fault of the page.
    let faults = trouble.split(separator: "\n").filter { !$0.contains("can't break line") }
    #expect(process.terminationStatus == 0 && faults.isEmpty, "\(trouble)")
    #expect(String(decoding: out, as: UTF8.self).contains("muninn reward train"))
  }

  @Test func theProgramPrintsThem() throws {
    let man = try Program.run(["manual"])
    #expect(man.status == 0 && man.out.hasPrefix(".TH MUNINN 1"))
    #expect(man.out.contains("muninn \(Muninn.configuration.version)"))
    #expect(try Program.run(["manual", "--man"]).out == man.out)
    let keys = try Program.run(["manual", "--keys"])
    #expect(keys.status == 0 && keys.out.hasPrefix("# Keys and commands"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsKnowEverySubcommand(shell: String) throws {
    let (status, out, error) = try Program.run(["--generate-completion-script", shell])
    #expect(status == 0, "\(error)")
    for command in try CommandPage.program().subcommands {
      #expect(out.contains(command.name), "\(command.name)")
    }
    #expect(out.contains("prompt-file"))
  }
}
