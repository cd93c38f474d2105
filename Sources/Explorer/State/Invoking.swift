/// Does what an invocation says, or says why not. Nothing else changes a session.
/// - Parameter isTyped: it comes from the line, which is opened again where something is wrong in it.
func invoke(
  _ invocation: Invocation, _ state: inout ExplorerState, isTyped: Bool = false
) -> [Effect] {
  if let command = Command.named(invocation.command), command.isLogged {
    state.log(Invocation(command.name, invocation.argument))
  }
  state.message = nil
  guard let command = Command.named(invocation.command) else {
    state.complain(CommandLine.unknown(invocation.command))
    return []
  }
  if command.name != "cancel" { state.isQuitArmed = false }
  Touring.disturbed(by: command, &state)
  state.mode = .normal
  do throws(ArgumentProblem) {
    return try command.perform(invocation.argument, &state)
  } catch {
    if isTyped, let column = error.column {
      CommandLine.reopen(command.name, invocation.argument ?? "", at: column, &state)
    }
    state.complain(error.sentence(command.name))
    return []
  }
}

/// Does one after another.
func invoke(_ invocations: [Invocation], _ state: inout ExplorerState) -> [Effect] {
  invocations.flatMap { invoke($0, &state) }
}
