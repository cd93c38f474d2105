import Testing
import Trajectories

@Suite struct AddressTests {
  @Test(arguments: ["12:8", "0:0", "3:4.2"]) func goesThereAndBack(text: String) {
    #expect(Address(text)?.description == text)
  }

  @Test(arguments: ["", "12", ":", "1:", ":2", "a:1", "1:-2", "1:2.", "1:2.3.4", "1:2:3", "-1:2"])
  func refusesWhatIsNone(text: String) {
    #expect(Address(text) == nil)
  }
}
