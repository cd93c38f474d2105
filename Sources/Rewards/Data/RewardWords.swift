/// Numbers of things, for people.
enum RewardWords {
  /// `1 question`, `2 questions`.
  static func count(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }
}
