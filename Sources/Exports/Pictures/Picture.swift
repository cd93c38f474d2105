/// A screen or a part of it as it is seen: characters in a grid, each with its colours. What picture formats
/// are made of, and nothing that a terminal or a theme would have to be asked about.
public struct Picture: Sendable, Hashable {
  /// How characters look; nil colours are those of the page.
  public struct Look: Sendable, Hashable {
    /// 0xRRGGBB
    public var letters: UInt32?
    /// What lies behind them, 0xRRGGBB.
    public var ground: UInt32?
    public var isBold = false
    public var isDim = false
    public var isUnderlined = false
    public var isReversed = false

    /// Plain letters of some colours.
    public init(letters: UInt32? = nil, ground: UInt32? = nil) {
      (self.letters, self.ground) = (letters, ground)
    }
  }

  /// One character, and the columns it takes: 1 or 2, 0 for the right half of a wide one.
  public struct Cell: Sendable, Hashable {
    public let character: Character
    public let width: Int
    public let look: Look

    /// What could move a cursor or turn a line is U+FFFD.
    public init(_ character: Character, width: Int = 1, look: Look = Look()) {
      self.character = Self.isSafe(character) ? character : "\u{FFFD}"
      self.width = width
      self.look = look
    }

    private static func isSafe(_ character: Character) -> Bool {
      if let ascii = character.asciiValue { return ascii >= 0x20 && ascii < 0x7f }
      return character.unicodeScalars.allSatisfy { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
          .unassigned:
          false
        default: true
        }
      }
    }
  }

  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  public let cells: [Cell]  // [height, width]
  /// Letters and page where a look says nothing, 0xRRGGBB.
  public let letters: UInt32
  public let ground: UInt32
  /// What it shows, for people.
  public let title: String

  /// - Precondition: there is a cell for every place.
  public init(
    width: Int, height: Int, cells: [Cell], letters: UInt32, ground: UInt32, title: String
  ) {
    precondition(width >= 0 && height >= 0 && cells.count == width * height)
    self.width = width
    self.height = height
    self.cells = cells
    self.letters = letters
    self.ground = ground
    self.title = title
  }

  /// - Precondition: the place is in the picture.
  public subscript(x: Int, y: Int) -> Cell { cells[y * width + x] }

  /// The colours that a look comes to.
  func colours(_ look: Look) -> (letters: UInt32, ground: UInt32) {
    var (letters, ground) = (look.letters ?? letters, look.ground ?? ground)
    if look.isDim { letters = Self.mix(letters, ground) }
    if look.isReversed { swap(&letters, &ground) }
    return (letters, ground)
  }

  /// Two parts of one colour, one of another.
  private static func mix(_ a: UInt32, _ b: UInt32) -> UInt32 {
    [16, 8, 0].reduce(0) { sum, shift in
      sum | ((a >> shift & 0xff) * 2 + (b >> shift & 0xff)) / 3 << shift
    }
  }

  /// One row as text, without the blanks at its end.
  public func row(_ y: Int) -> String {
    var text = ""
    for x in 0..<width where self[x, y].width > 0 { text.append(self[x, y].character) }
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  /// Its rows as text.
  public var text: String { (0..<height).map { row($0) + "\n" }.joined() }
}

/// Pictures of one size, one after another.
public struct Film: Sendable {
  /// A picture, and when it comes.
  public struct Frame: Sendable {
    /// Seconds from the beginning.
    public let time: Double
    public let picture: Picture
    /// What happened here, for the time line of a player; nil for nothing.
    public let marker: String?

    /// A picture at a time.
    public init(time: Double, _ picture: Picture, marker: String? = nil) {
      (self.time, self.picture, self.marker) = (time, picture, marker)
    }
  }

  /// In the order of their times.
  public let frames: [Frame]
  public let title: String

  /// - Parameter frames: in the order of their times.
  public init(_ frames: [Frame], title: String) { (self.frames, self.title) = (frames, title) }
}
