import Generation
import Testing

@Suite struct StopWatchTests {
  @Test func aStopStringEndsTheTextAndIsNotPrinted() {
    func text(_ pieces: [String], _ stops: [String]) -> (String, Bool) {
      var watch = StopWatch(strings: stops)
      var out: [UInt8] = []
      for piece in pieces {
        out += watch.take(Array(piece.utf8))
        if watch.isStopped { break }
      }
      return (String(decoding: out + watch.rest(), as: UTF8.self), watch.isStopped)
    }
    #expect(text(["a", "b"], []) == ("ab", false))
    #expect(text(["one E", "N", "D two"], ["END"]) == ("one ", true))
    #expect(text(["E", "NE", "ND"], ["END", "xx"]) == ("EN", true))
    #expect(text(["E", "N"], ["END"]) == ("EN", false), "what only began like it is printed")
    #expect(text(["aENDbxx"], ["xx", "END"]) == ("a", true), "the first one counts")
  }

  @Test func aCharacterInPiecesIsHeldUntilItIsWhole() {
    var watch = StopWatch(strings: [])
    let bytes = Array("ä🙂".utf8)
    #expect(watch.take([bytes[0]]).isEmpty)
    #expect(watch.take([bytes[1], bytes[2]]) == Array("ä".utf8))
    #expect(watch.take(Array(bytes[3...])) == Array("🙂".utf8))
    #expect(watch.take([0xF0]).isEmpty && watch.rest() == [0xF0])
    #expect(watch.take([0xFF, 0x61]) == [0xFF, 0x61], "no character will come of it")
  }
}
