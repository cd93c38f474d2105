import Tensors

/// What lies at a site when a model comes by, to be changed where it lies: all rows in one go, on all
/// threads of the model, and nothing is copied. Valid for the call alone.
public struct SiteRows: ~Copyable {
  public let site: Site
  /// As in `SiteValue`.
  public let iteration: Int
  /// Which row is which token.
  public let places: Places
  private let buffer: Buffer
  private let team: ThreadTeam

  package init(site: Site, iteration: Int, places: Places, buffer: Buffer, team: ThreadTeam) {
    self.site = site
    self.iteration = iteration
    self.places = places
    self.buffer = buffer
    self.team = team
  }

  /// Changes every row at random.
  /// - Parameter random: what is drawn for each sequence; a row has its part of the number of its
  ///   position.
  public func change(_ change: RandomChange, drawing random: (_ sequence: Int) -> PlacedRandom) {
    Operations.change(buffer, change, at: places.random(random), team: team)
  }
}

extension Places {
  /// Where each row is, for what is drawn there.  // [rows]
  /// - Parameter random: what is drawn for each sequence.
  package func random(_ random: (_ sequence: Int) -> PlacedRandom) -> [PlacedRandom] {
    var places: [PlacedRandom] = []
    places.reserveCapacity(rowCount)
    for (sequence, span) in spans.enumerated() {
      let own = random(sequence)
      for position in span.positions { places.append(own.at(UInt64(position))) }
    }
    return places
  }
}
