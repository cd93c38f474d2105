import Checkpoints
import LatentModels
import Testing
import Trajectories

@testable import Engine

@Suite struct NoSuchPlaceTests {
  @Test func saysWhichPlaceIsNotThere() {
    let error = NoSuchPlace(passage: 2, iteration: 7)
    #expect(error.description.contains("no iteration 7 of appended token 2"))
  }
}
