import Checkpoints
import LatentModels
import Testing

@testable import Trajectories

@Suite struct NoSuchPlaceTests {
  @Test func saysWhichPlaceIsNotThere() {
    let error = NoSuchPlace(passage: 2, iteration: 7)
    #expect(error.description.contains("no iteration 7 of appended token 2"))
  }
}
