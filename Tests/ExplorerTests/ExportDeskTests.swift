import Exports
import Foundation
import TestSupport
import Testing

@testable import Explorer

/// Files that are written while the screen goes on.
@Suite struct ExportDeskTests {
  private func job(_ path: String) throws -> ExportJob {
    var session = Session(width: 80, height: 24)
    session.type("export text \(path)")
    for effect in session.effects { if case .export(let job) = effect { return job } }
    throw NoSuchEffect()
  }

  private struct NoSuchEffect: Error {}

  /// Whoever asks goes on at once, though what is written to takes nothing; afterwards it is told.
  @Test func theScreenDoesNotWaitForAFile() throws {
    let folder = try TemporaryFolder()
    // Nobody reads of it yet: whoever opens it to write waits.
    let pipe = folder.file("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let desk = ExportDesk()
    #expect(desk.isIdle)
    desk.submit(try job(pipe))
    desk.submit(try job(folder.file("after.txt")))
    #expect(!desk.isIdle && desk.takeOutcomes().isEmpty)
    let reader = try #require(FileHandle(forReadingAtPath: pipe))
    let read = String(decoding: try reader.readToEnd() ?? Data(), as: UTF8.self)
    #expect(desk.finish())
    #expect(read.contains("3+4-2+9-5+1+8-6?"))
    var ready = pollfd(fd: desk.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&ready, 1, 0) == 1)
    let outcomes = desk.takeOutcomes()
    #expect(outcomes.count == 2 && outcomes.allSatisfy { !$0.isFailure })
    #expect(outcomes.last?.words.hasPrefix("text written to \(folder.file("after.txt"))") == true)
    #expect(desk.isIdle)
  }

  @Test func whatCannotBeWrittenIsTold() throws {
    let desk = ExportDesk()
    desk.submit(try job("/dev/full"))
    #expect(desk.finish())
    let outcome = try #require(desk.takeOutcomes().first)
    #expect(outcome.isFailure && outcome.words.contains("/dev/full cannot be written"))
    // It goes on with the next.
    desk.submit(try job("/dev/null"))
    #expect(desk.finish())
    #expect(desk.takeOutcomes().map(\.isFailure) == [false])
  }
}
