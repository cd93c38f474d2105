import Testing

@testable import Training

@Suite struct CosineScheduleTests {
  @Test func risesInALineAndFallsAlongACosine() {
    let schedule = CosineSchedule(steps: 42, warmup: 0.05)
    #expect(schedule.warmup == 2)
    #expect(schedule.factor(step: 0) == 0.5 && schedule.factor(step: 1) == 1)
    #expect(abs(schedule.factor(step: 22) - 0.5) < 1e-12)
    #expect(schedule.factor(step: 41) > 0 && schedule.factor(step: 41) < 0.01)
    // A single step is taken in full.
    #expect(CosineSchedule(steps: 1).factor(step: 0) == 1)
  }
}
