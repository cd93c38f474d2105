import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// A tour as a value: stepped, left, disturbed. On the scripted run.
@Suite struct TouringTests {
  private static let text = """
    muninn-log 1 model scripted
    title A tour
    about What it tells.
    begin "4+4?"
    present on
    speed 2
    goto 4:0
    tell Look at the first column.
    tell It is random.
    wait
    tell Now it plays.
    pause 2
    play
    expect r 16
    wait
    starts 3
    wait
    unzoom
    expect r 99
    tell The end.
    wait
    """

  private func tour() throws -> Tour { Tour("a", try SessionLog(parsing: Self.text)) }

  private func begun(width: Int = 80, height: Int = 24) throws -> Session {
    var session = Session(width: width, height: height)
    session.state.speedIndex = 6
    let effects = Touring.begin(try tour(), &session.state)
    // What is being got ready would tell too much.
    #expect(session.state.hidesVerdict && session.state.touring?.hidesPanes(session.state) == true)
    #expect(!session.screen.text.contains("(mod 10)") && session.screen.text.contains("1 of 3"))
    for effect in effects {
      if case .submit(let request) = effect { session.service.submit(request) }
    }
    session.settle()
    return session
  }

  @Test func aTourIsReadAsItWasWritten() throws {
    let log = try SessionLog(parsing: Self.text)
    let again = try SessionLog(parsing: log.text)
    #expect(again.text.split(separator: "\n") == log.text.split(separator: "\n"))
    #expect(again.header.title == "A tour" && again.header.about == "What it tells.")
    let tour = try tour()
    #expect(tour.steps == 3 && tour.narration[0].hasSuffix("It is random."))
    for wrong in ["tell", "wait 3"] {
      #expect(throws: LogLineProblem.self) { try LogLine(parsing: wrong) }
    }
  }

  @Test(arguments: [(80, 24), (120, 40)]) func pictures(width: Int, height: Int) throws {
    let session = try begun(width: width, height: height)
    expectSnapshot(session.screen.text, "tour-\(width)x\(height)")
  }

  @Test func spaceGoesOnAndEscapeLeaves() throws {
    var session = try begun()
    #expect(session.screen.text.contains("A tour  1 of 3") && session.state.cursor.iteration == 0)
    #expect(session.state.presenting != nil && session.state.speed == 2)
    session.press(" ")
    #expect(session.screen.text.contains("Now it plays.") && session.state.cursor.iteration == 0)
    session.wait(1)
    #expect(session.state.cursor.iteration == 0)
    session.state.now += 1.1
    session.send(.tick(now: session.state.now))
    session.settle()
    #expect(session.state.isPlaying)
    // Whoever does not want to wait goes on.
    session.press(" ")
    session.wait(30)
    #expect(session.state.cursor.iteration == 16 && session.state.touring?.isGoing == false)
    #expect(session.state.touring?.trouble == nil)
    session.press(.escape)
    #expect(session.state.touring == nil && session.state.presenting == nil)
    #expect(session.state.speedIndex == 6 && session.state.cursor.iteration == 16)
    session.press("h")
    #expect(session.state.cursor.iteration == 15)
  }

  @Test func whatIsNotAsToldIsSaid() throws {
    var session = try begun()
    for _ in 0..<8 where session.state.touring?.isDone == false {
      session.press(" ")
      session.settle()
      session.wait(30)
    }
    #expect(session.screen.text.contains("Not as told"))
    session.press(" ")
    #expect(session.state.touring == nil && session.said.contains("the session is yours"))
  }

  @Test func whoTakesOverInTheMiddleHasTheSession() throws {
    var session = try begun()
    session.press(" ")
    session.state.now += 2.1
    session.send(.tick(now: session.state.now))
    session.settle()
    session.press("k")
    #expect(session.screen.text.contains("You took over"))
    session.wait(20)
    session.press("3k")
    session.press(" ")
    #expect(session.screen.text.contains("2 of 3") && session.screen.text.contains("Now it plays"))
    #expect(session.state.cursor == Address(token: 4, iteration: 0))
  }

  @Test func aTourWhoseRunIsGoneSaysSo() throws {
    var session = try begun()
    session.press("u")
    session.press(" ")
    #expect(session.said.contains("is gone") && session.said.contains("begins it anew"))
    session.press(.escape)
    #expect(session.state.touring == nil)
  }

  @Test func aListOfToursIsOpenedAndLeft() {
    var session = Session()
    session.press("T")
    #expect(session.screen.text.contains("What is an iteration"))
    session.press("jj")
    session.press(.enter)
    // They tell of another model.
    #expect(session.said.contains("muninn tour starts gives it") && session.state.touring == nil)
    session.press("T")
    session.press(.escape)
    #expect(session.state.mode == .normal)
  }

  @Test func theFirstStartOffersOneAndNeverAgain() throws {
    let folder = try TemporaryFolder()
    withExtendedLifetime(folder) {
      let environment = ["XDG_STATE_HOME": folder.path + "/state"]
      #expect(HistoryFiles(environment: environment).isFirstStart())
      #expect(!HistoryFiles(environment: environment).isFirstStart())
      // Where nothing can be remembered nothing is offered.
      #expect(!HistoryFiles(environment: ["XDG_STATE_HOME": "/proc/nowhere"]).isFirstStart())
      #expect(!HistoryFiles(environment: [:]).isFirstStart())
    }
    var session = Session()
    session.send(.invocation(Invocation("offer-tour")))
    #expect(session.screen.text.contains("Press T"))
    session.press("hl")
    session.press(.escape)
    #expect(session.state.strip == nil)
  }

  /// Keys at random while a tour is given: nothing traps, and the session is there afterwards.
  @Test(arguments: UInt64(1)...6) func whateverIsPressedTheSessionStands(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    var session = try begun()
    let keys = Array("  hlHLjk0$nNFbvtuwxomMc+_<>[]e.rzsVaAoWPfGTD?:/5") + ["\r", "\u{1B}"]
    for _ in 0..<Effort.times(150) {
      let key = dice.one(of: keys)
      switch key {
      case "\r": session.press(.enter)
      case "\u{1B}": session.press(dice.below(4) == 0 ? .escape : .tab)
      default: session.press(String(key))
      }
      if dice.below(3) > 0 { session.settle() }
      if dice.below(3) == 0 { session.wait(0.4) }
      if dice.below(20) == 0 {
        session.send(.resize(Size(width: 60 + dice.below(80), height: 8 + dice.below(40))))
      }
      #expect(session.screen.cells.count == session.state.size.width * session.state.size.height)
      #expect(session.state.cursor.iteration <= session.state.edge)
    }
    for _ in 0..<8 { session.press(.escape) }
    session.settle()
    session.wait(100)
    #expect(session.state.touring == nil)
    session.type("loop off")
    session.type("show 1")
    session.settle()
    session.type("goto 3")
    #expect(session.state.trajectory != nil)
    #expect(session.state.cursor.iteration == min(3, session.state.edge))
  }
}
