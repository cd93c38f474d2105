"""Writes Sources/Checkpoints/Unicode/NormalizationData.swift, and the digests its tests compare with,
Tests/TestSupport/Fixtures/unicode-normalization.json.

Run from the project's folder: python3 Assets/unicode/make_tables.py
The tables are those of Python's unicodedata (the version is written into the file); normalisation
of letters never changes once they are in the standard.
"""

import json
import unicodedata

FORMS = ["NFC", "NFD", "NFKC", "NFKD"]
LETTERS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def decompositions():
    """Lines `source[+run] [~]target…[!]`; `~` compatibility, `!` never composed again."""
    raw = []
    for c in LETTERS:
        text = unicodedata.decomposition(chr(c))
        if not text:
            continue
        words = text.split()
        mark = ""
        if words[0].startswith("<"):
            mark, words = "~", words[1:]
        elif unicodedata.normalize("NFC", chr(c)) != chr(c):
            mark = "!"
        raw.append((c, mark, [int(w, 16) for w in words]))
    entries = []
    index = 0
    while index < len(raw):
        c, mark, targets = raw[index]
        run = 1
        if len(targets) == 1:
            while index + run < len(raw) and raw[index + run] == (
                c + run, mark, [targets[0] + run],
            ):
                run += 1
        entries.append((c, run, mark, targets))
        index += run
    words = []
    previous = 0
    for c, run, mark, targets in entries:
        head = f"{c - previous:X}" + (f"+{run:X}" if run > 1 else "") + (mark or "=")
        words.append(head + ",".join(f"{t:X}" for t in targets))
        previous = c + run
    return words


def classes():
    """Words `start[+run]:class`, starts as distances."""
    words = []
    previous = 0
    c = 0
    while c < 0x110000:
        value = unicodedata.combining(chr(c))
        run = 1
        while value and unicodedata.combining(chr(c + run)) == value:
            run += 1
        if value:
            words.append(f"{c - previous:X}" + (f"+{run:X}" if run > 1 else "") + f":{value:X}")
            previous = c + run
        c += run
    return words


def wrapped(words):
    lines, line = [], "   "
    for word in words:
        if len(line) + 1 + len(word) > 99:
            lines.append(line)
            line = "   "
        line += " " + word
    return "\n".join(lines + [line])


# Where the letters of random sequences come from: what composes, decomposes, or changes places.
RANGES = [
    (0x20, 0x7E), (0xC0, 0x24F), (0x300, 0x36F), (0x300, 0x36F), (0x387, 0x3CE), (0x591, 0x5C7),
    (0x622, 0x655), (0x900, 0x95F), (0x9BE, 0x9DF), (0xB47, 0xB5D), (0xBC6, 0xBD7), (0xC46, 0xC56),
    (0xCBF, 0xCD6), (0xDCA, 0xDDF), (0xE31, 0xE4D), (0xF39, 0xFBC), (0x1025, 0x1039),
    (0x1100, 0x11FF), (0x1100, 0x1175), (0x11A7, 0x11C2), (0x1AB0, 0x1AC0), (0x1B05, 0x1B44),
    (0x1DC0, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x20F0), (0x2126, 0x212B), (0x2190, 0x22ED),
    (0x2460, 0x24EA), (0x302A, 0x30FF), (0x3131, 0x318E), (0xAC00, 0xD7A3), (0xAC00, 0xAC40),
    (0xF900, 0xFAD9), (0xFB1D, 0xFDFB), (0xFF01, 0xFFE6), (0x11099, 0x110BA), (0x11127, 0x11134),
    (0x11347, 0x1134D), (0x114B0, 0x114C3), (0x115AF, 0x115C0), (0x11930, 0x11943),
    (0x1D157, 0x1D1C0), (0x1D400, 0x1D7FF), (0x1E8D0, 0x1E94A), (0x2F800, 0x2FA1D),
]
MASK = (1 << 64) - 1


def sequences(count):
    """Sequences of one to eight letters, drawn with splitmix64 so that a test can draw them too."""
    state = 9

    def below(bound):
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % bound

    texts = []
    for _ in range(count):
        letters = []
        for _ in range(1 + below(8)):
            low, high = RANGES[below(len(RANGES))]
            letters.append(chr(low + below(high - low + 1)))
        texts.append("".join(letters))
    return texts


def digest(texts):
    """FNV-1a of the UTF-8 of the texts, a line each."""
    value = 0xCBF29CE484222325
    for byte in "".join(t + "\n" for t in texts).encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return f"{value:x}"


def cases():
    """Digests of what all letters (in blocks of 4096) and 20 000 sequences become."""
    letters = {}
    for block in range(0x110):
        texts = [chr(c) for c in LETTERS if c >> 12 == block]
        if texts:
            letters[f"{block:x}"] = [
                digest(unicodedata.normalize(form, t) for t in texts) for form in FORMS
            ]
    plain = {
        block: digest(chr(c) for c in LETTERS if f"{c >> 12:x}" == block) for block in letters
    }
    texts = sequences(20_000)
    return {
        "unicode": unicodedata.unidata_version,
        "forms": FORMS,
        "ranges": [f"{low:x}-{high:x}" for low, high in RANGES],
        # Blocks that are not named stay as they are.
        "letters": {
            block: digests for block, digests in letters.items() if set(digests) != {plain[block]}
        },
        "sequences": [
            [
                digest(unicodedata.normalize(form, t) for t in texts[first:first + 500])
                for form in FORMS
            ]
            for first in range(0, len(texts), 500)
        ],
    }


if __name__ == "__main__":
    with open("Sources/Checkpoints/Unicode/NormalizationData.swift", "w") as file:
        file.write(
            f"""/// What `UnicodeNormalization` looks up, written by `Assets/unicode/make_tables.py`.
enum NormalizationData {{
  /// The version of the Unicode standard.
  static let version = "{unicodedata.unidata_version}"

  /// Decompositions, as `source[+run]` then `=`, `~` (compatibility) or `!` (never composed again)
  /// and the targets. A source is the distance from the end of the one before it. Hexadecimal.
  static let decompositions = \"\"\"
{wrapped(decompositions())}
    \"\"\"

  /// Canonical combining classes other than 0, as `start[+run]:class`, in the same way.
  static let classes = \"\"\"
{wrapped(classes())}
    \"\"\"
}}
"""
        )
    with open("Tests/TestSupport/Fixtures/unicode-normalization.json", "w") as file:
        json.dump(cases(), file, indent=1)
        file.write("\n")
