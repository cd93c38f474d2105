import ArgumentParser
import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn motion` as a script sees it.
@Suite struct MotionCommandTests {
  @Test func theEmbeddedModelComesToRest() throws {
    let (status, out, error) = try Program.run([
      "motion", "--prompt", "3+4-2+9?", "--zero-state", "-r", "48", "--jsonl", "-",
    ])
    #expect(status == 0, "\(error)")
    let records = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(records.count == 9)
    for record in records {
      #expect(record["schema"]?.string == "muninn.motion/1")
      #expect(record["kind"]?.string == "fixed-point", "\(record["reasons"]?.array ?? [])")
      #expect(record["first"]?.integer == 24 && record["last"]?.integer == 48)
      #expect(record["steps"]?.array?.count == 24 && record["step_cosines"]?.array?.count == 23)
      #expect(record["period"]?.isNull == true && record["spectral_radius"] == nil)
      #expect((0...1).contains(record["straightness"]?.number ?? 9))
    }
    let text = try Program.run(["motion", "--prompt", "3+4?", "-r", "48", "--window", "20-48"])
    #expect(text.out.contains("kinds of motion, r 20 to 48") && text.out.contains("fixed point"))
  }

  /// Slopes and Jacobians are those of the reference.
  @Test func theNumbersAreThoseOfTheReference() throws {
    let folder = Fixtures.path("inside-demo")
    let json = try JSONValue(readingFile: "\(folder)/inside.json")
    let golden = try SafetensorsFile.open("\(folder)/inside.safetensors")
    let prompt = try #require(json["prompts"]?.array?.first)
    let key = "p\(prompt["index"]?.integer ?? 0)"
    let ids = try golden.integers("\(key).ids").map(String.init).joined(separator: ",")
    let (status, out, error) = try Program.run([
      "motion", "--prompt-ids", ids, "--zero-state", "-r", "16", "--window", "8-16", "--jacobian",
      "--jsonl", "-",
    ])
    #expect(status == 0, "\(error)")
    let records = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let dynamics = try #require(prompt["dynamics"]?["R"])
    let radii = try #require(dynamics["spectral_radius_per_token"]?.array).compactMap(\.number)
    #expect(records.count == radii.count)
    let slopes = golden.tensors["\(key).dyn.contraction_slope"]?.floats()
    let allowed = golden.tensors["\(key).dyn.contraction_slope_tolerance"]?.floats()
    for (token, record) in records.enumerated() {
      #expect(abs((record["spectral_radius"]?.number ?? 9) - radii[token]) < 2e-3)
      let sigma = try #require(dynamics["sigma_max"]?.number)
      #expect(abs((record["sigma_max"]?.number ?? 9) / sigma - 1) < 1e-3)
      #expect((record["exponent"]?.number ?? 9) < 0)
      // Where all steps lie above the floor, the line is that of the reference.
      if let slopes, let allowed, allowed[token] <= 0.1, record["fitted"]?.integer == 8 {
        let slope = record["slope"]?.number ?? 9
        #expect(abs(slope - Double(slopes[token])) < Double(allowed[token]))
      }
    }
  }

  @Test(arguments: [
    (["--prompt", "x", "--window", "9"], "\"9\""),
    (["--prompt", "x", "--window", "9-3"], "\"9-3\""),
    (["--prompt", "x", "-r", "8", "--window", "4-9"], "up to 8"),
    (["--prompt", "x", "-r", "0"], "--steps"),
  ])
  func usageErrorsSayWhatIsWrong(arguments: [String], message: String) {
    #expect {
      try MotionCommand.parse(arguments)
    } throws: {
      MotionCommand.message(for: $0).contains(message)
    }
  }
}
