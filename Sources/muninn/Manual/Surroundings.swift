/// What surrounds the program, for its pages: files, variables, what it leaves behind.
enum Surroundings {
  /// A name, and what it is.
  typealias Row = (name: String, text: String)

  static let files: [Row] = [
    (
      "$XDG_CONFIG_HOME/muninn/config.toml",
      "Settings of the explorer; without the variable ~/.config/muninn/config.toml. muninn config prints "
        + "them."
    ),
    (
      "$XDG_STATE_HOME/muninn",
      "What was typed before, prompts and commands apart; without the variable ~/.local/state/muninn."
    ),
    (
      "$HF_HUB_CACHE",
      "Where org/name is looked for; without it $HF_HOME/hub or ~/.cache/huggingface/hub. Nothing is "
        + "downloaded."
    ),
  ]

  static let environment: [Row] = [
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME", "Where the folders above are."),
    ("HF_HOME, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE", "Where models of the hub are kept."),
    ("TERM, COLORTERM, COLORFGBG", "What the terminal can show, and on which background."),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "Whether there is colour; --color comes first."),
    ("LC_ALL, LC_CTYPE, LANG", "Which characters can be shown; C is plain ASCII."),
    (
      "MUNINN_KERNEL",
      "Which kernels compute, in place of the best ones of the processor; bench --kernels lists them."
    ),
  ]

  static let statuses: [Row] = [
    ("0", "All was done; of diff: both are the same."),
    (
      "1",
      "Something could not be done, a run diverged, a condition or an expectation was not met; of diff: "
        + "they differ."
    ),
    ("2", "Of diff: they could not be compared."),
    ("64", "The command line says something that there is not."),
    ("129, 130, 143", "Stopped by SIGHUP, Ctrl-C or SIGTERM; what was done is written whole."),
  ]
}
