import Tensors

/// Scratch for one step, kept between steps so that an iteration allocates nothing but the state
/// it returns.
final class Workspace {
  let team: ThreadTeam
  let rotary: RotaryTable
  let stream = Buffer(capacity: 0)  // [tokens, width]
  let normed = Buffer(capacity: 0)  // [tokens, width]
  let sum = Buffer(capacity: 0)  // [tokens, width]
  let projected = Buffer(capacity: 0)  // [tokens, 3·width]
  let attended = Buffer(capacity: 0)  // [tokens, width]
  let gateAndUp = Buffer(capacity: 0)  // [tokens, 2·feedForward]
  let gated = Buffer(capacity: 0)  // [tokens, feedForward]

  init(team: ThreadTeam, rotary: RotaryTable) {
    self.team = team
    self.rotary = rotary
  }
}
