import Checkpoints
import Testing

@Suite struct JSONDocuments {
  @Test func readsValues() throws {
    let value = try JSONValue(
      parsing: "\u{FEFF}"
        + #" {"a":[1,-2.5e3,true,null,4096.0],"s":"\u00e9\ud83d\ude42\ud800x\n\/","e":{},"a2":[]} "#
    )
    let list = try #require(value["a"]?.array)
    #expect(list[0].integer == 1 && list[1].number == -2500 && list[2].bool == true)
    #expect(list[3].isNull && list[4].integer == 4096 && list[1].integer == -2500)
    #expect(value["s"]?.string == "é🙂\u{FFFD}x\n/")
    #expect(value["e"]?.members?.isEmpty == true && value["a2"]?.array?.isEmpty == true)
    #expect(value["absent"] == nil && value.present("a") != nil)
  }

  @Test func namesAreNotNormalised() throws {
    let value = try JSONValue(parsing: "{\"e\u{301}\":1,\"\u{E9}\":2}")
    #expect(value["e\u{301}"]?.integer == 1 && value["\u{E9}"]?.integer == 2)
  }

  @Test(arguments: [
    "", " ", "{", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1,}", "[1,]", "\"a", "\"\\", "\"\\u12",
    "\"\\q\"", "01", "-", "1.", "1e", "tru", "nul", "1 2", "{1:2}", "\"a\nb\"", "+1", "NaN", "'a'",
    String(repeating: "[", count: 100_000),
  ])
  func refuses(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func refusesBrokenUTF8() throws {
    let error = try #require(throws: JSONError.self) {
      try JSONValue(parsing: [0x22, 0xFF, 0x22])
    }
    #expect(error.offset == 1 && error.message.contains("UTF-8"))
    #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) }
  }

  /// As Python's json reads and writes them; other documents are JSON alone.
  @Test func readsWhatPythonWrites() throws {
    let text = #"{"a":[NaN,Infinity,-Infinity,-1],"b":1e400}"#
    let value = try JSONValue(parsing: Array(text.utf8), allowsPythonNumbers: true)
    let list = try #require(value["a"]?.array)
    #expect(list[0].number?.isNaN == true && list[1].number == .infinity)
    #expect(list[2].number == -.infinity && list[3].integer == -1)
    #expect(value.shown == #"{"a":[NaN,Infinity,-Infinity,-1],"b":Infinity}"#)
    for (text, literal) in [("[-Infinity]", "-Infinity"), ("NaN", "NaN"), ("[1,Infinity]", "Inf")] {
      let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
      #expect(error.message.contains(literal) && error.message.contains("Python"))
    }
    for text in ["Nan", "Inf", "-Inf", "-", "--1", "-NaN", "+Infinity", "infinity"] {
      #expect(throws: JSONError.self) {
        try JSONValue(parsing: Array(text.utf8), allowsPythonNumbers: true)
      }
    }
  }

  @Test func whatIsSaidTwiceHasAnAddress() throws {
    let value = try JSONValue(
      parsing: #"{"a":1,"b":{"c":1,"c":2,"d":[{"e":1,"e":1}]},"a":2,"f":{"a":1}}"#)
    #expect(value.repeatedNames == ["b.c", "b.d.e", "a"])
    #expect(value["a"]?.integer == 2 && value["b"]?["c"]?.integer == 2)
    #expect(value.shown.count <= 81)
  }

  @Test func writesWhatItReads() throws {
    let text = #"{"a":[1,0.1,true,null,"\"\\\n\u0001\u007f é"],"b":{}}"#
    let value = try JSONValue(parsing: text)
    #expect(value.serialized() == text)
    #expect(JSONValue.array([.number(.nan), .number(1e300)]).serialized() == "[null,1e+300]")
  }
}
