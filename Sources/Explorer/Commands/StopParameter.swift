import Trajectories

/// Where a run stops, as it is typed: a condition, or an address as `goto` takes it.
enum StopParameter {
  struct Stop: Sendable, Hashable {
    let condition: Condition
    /// nil where a condition was typed.
    var place: Address?
  }

  static func read(_ text: String, _ state: ExplorerState) throws(ArgumentProblem) -> Stop {
    if text.first?.isNumber == true { return try stop(text, state) }
    do throws(ConditionError) {
      return Stop(condition: try ConditionParameter.read(text, state))
    } catch {
      throw ArgumentProblem(column: error.column, error.problem)
    }
  }

  /// No condition begins with a number.
  private static func stop(
    _ text: String, _ state: ExplorerState
  ) throws(ArgumentProblem) -> Stop {
    let place: Address
    switch try TypedPlace(text, state) {
    case .address(let address): place = address
    case .iteration(let iteration):
      place = Address(token: state.cursor.token, iteration: iteration)
    case .share: throw ArgumentProblem("a run stops at an iteration (8) or an address (12:8)")
    }
    guard place.iteration > 0 else {
      throw ArgumentProblem("a run stops after an iteration, and those count from 1")
    }
    guard place.token < state.tokenCount else {
      throw ArgumentProblem(
        "there is no token \(place.token); tokens are 0...\(max(0, state.tokenCount - 1))")
    }
    return Stop(
      condition: .compares(.iteration, .equal, Double(place.iteration)), place: place)
  }

  static let check: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
    do throws(ArgumentProblem) {
      _ = try read(text, state)
      return nil
    } catch {
      return error
    }
  }
}
