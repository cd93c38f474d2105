import ParallelScaling

/// Who scores the copies of a fan.
let judgeCommands: [Command] = [
  Command(
    name: "judge", title: "judge",
    doc:
      "Who scores the copies of a fan: `judge DIR` a folder of reward train or a latent reward model, `judge "
      + "coe-r`, `coe-c`, `residual`, `entropy`, `agreement` scores without training, `judge none` nobody.",
    keys: [], group: .fan, reason: Command.needsRun,
    parameters: [
      .line(
        "judge", "a folder, the name of a score, or none", usual: "typed on a line of its own",
        complete: completion)
    ],
    perform: { state, given in
      let name = given.argument?.trimmingSpaces ?? ""
      if name.isEmpty {
        guard let judge = state.fanning.judging.judge, state.fanning.judging.isStopped else {
          CommandLine.open("judge ", &state)
          return []
        }
        return FanJudging.ask(judge, &state)
      }
      if name == nobody {
        guard state.fanning.judging.judge != nil else {
          state.say("nobody judges")
          return []
        }
        state.say("the copies are not judged any more")
        return FanJudging.ask(nil as String?, &state)
      }
      if state.fanQuestion == nil {
        state.say("\(state.visible(name)) judges the copies that S makes")
      }
      return FanJudging.ask(name, &state)
    }),
  Command(
    name: "fan-judge", title: "judge",
    doc:
      "In the fan: what the judge says of every step in place of the paths, and back, where there is no room "
      + "for both; without a judge, types who is to be.",
    keys: [.character("J")], group: .fan, only: .fan, panes: [.fan], reason: Command.needsRun,
    perform: { state, _ in
      guard state.fanning.judging.judge != nil else {
        CommandLine.open("judge ", &state)
        return []
      }
      state.fanning.judging.isShown.toggle()
      return []
    }),
]

private let nobody = "none"

/// Scores without training, nobody, and who was asked before; paths are not looked for.
private let completion: @Sendable (String, ExplorerState) -> String? = { text, state in
  let names = PathJudge.all.map(\.name) + [nobody] + state.fanning.judging.known
  let matches = Set(names.filter { $0.hasPrefix(text) })
  guard var common = matches.first else { return nil }
  for name in matches { while !name.hasPrefix(common) { common.removeLast() } }
  return common.count > text.count ? common : nil
}

extension String {
  /// Without spaces before and behind.
  fileprivate var trimmingSpaces: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
