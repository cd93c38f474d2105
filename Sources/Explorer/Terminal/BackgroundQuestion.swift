import CNcurses
import Glibc

/// Asks the terminal for its background, before ncurses has it.
enum BackgroundQuestion {
  /// Seconds after which a terminal that says nothing is waited for no more.
  static let patience = 0.05

  /// Bytes that may have been typed meanwhile: as many as ncurses takes back.
  private static let mostTyped = 100

  /// Whether a terminal of this type is asked. A console and plain teletypes would print the question.
  static func isAsked(_ environment: TerminalEnvironment, _ options: ExplorerOptions) -> Bool {
    let type = environment.variables["TERM"] ?? ""
    return options.theme == nil && environment.saidTheme == nil && !environment.isBare
      && !type.isEmpty && type != "dumb" && environment.hasColours(options.colour)
  }

  /// Asks, and waits until the terminal has answered or `patience` is over. The modes of the terminal are
  /// left as they were.
  /// - Parameters:
  ///   - input, output: of a terminal.
  ///   - patience: in seconds.
  /// - Returns: what was answered and what was typed; nil where nothing could be asked.
  static func ask(
    input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, patience: Double = patience
  ) -> BackgroundReply? {
    var modes = termios()
    guard tcgetattr(input, &modes) == 0 else { return nil }
    var raw = modes
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    raw.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON)
    guard tcsetattr(input, TCSANOW, &raw) == 0 else { return nil }
    defer { tcsetattr(input, TCSANOW, &modes) }
    // What was typed ahead would have to be told from the answer, and may be any length: it comes first.
    guard !isReadable(input, 0) else { return nil }
    let question = Array(BackgroundReply.question.utf8)
    guard write(output, question, question.count) == question.count else { return nil }
    let end = now() + patience
    var bytes: [UInt8] = []
    var reply = BackgroundReply(bytes)
    while !reply.isComplete, reply.typed.count < mostTyped, bytes.count < 1024 {
      let left = end - now()
      guard isReadable(input, max(0, left)) else { break }
      var buffer = [UInt8](repeating: 0, count: 64)
      let count = Glibc.read(input, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
      reply = BackgroundReply(bytes)
      if left <= 0 { break }
    }
    return reply
  }

  private static func isReadable(_ descriptor: Int32, _ seconds: Double) -> Bool {
    var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    return poll(&descriptors, 1, Int32((seconds * 1000).rounded(.up))) > 0
      && descriptors[0].revents & Int16(POLLIN) != 0
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Gives what was typed meanwhile to ncurses, as the keys that it would have made of it.
  static func giveBack(_ typed: [UInt8]) {
    for code in codes(typed).reversed() { ungetch(code) }
  }

  /// What ncurses would have read.
  private static func codes(_ typed: [UInt8]) -> [Int32] {
    var codes: [Int32] = []
    var rest = typed[...]
    while let first = rest.first {
      if first == 0x1b, let (code, length) = key(rest) {
        codes.append(code)
        rest = rest.dropFirst(length)
      } else {
        codes.append(Int32(first))
        rest = rest.dropFirst()
      }
    }
    return codes
  }

  /// The longest key that begins here. Arrows come in their other form before ncurses has the keypad.
  private static func key(_ bytes: ArraySlice<UInt8>) -> (Int32, Int)? {
    for length in stride(from: min(8, bytes.count), to: 1, by: -1) {
      let text = bytes.prefix(length).map { CChar(bitPattern: $0) }
      var other = text
      if length == 3, other[1] == CChar(UInt8(ascii: "[")) { other[1] = CChar(UInt8(ascii: "O")) }
      for form in [text, other] {
        let code = key_defined(form + [0])
        if code > 0 { return (code, length) }
      }
    }
    return nil
  }
}
