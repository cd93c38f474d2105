extension Operations {
  /// x = x + y, element by element.
  /// - Precondition: both have one shape.
  public static func add(_ y: Buffer, to x: Buffer, team: ThreadTeam = .single) {
    precondition(
      y.rows == x.rows && y.columns == x.columns,
      "adding [\(y.rows), \(y.columns)] to [\(x.rows), \(x.columns)]")
    let (sums, parts) = (x.view, y.view)
    team.run(rows: sums.rows, workInRow: 4 * sums.columns) { rows in
      for row in rows {
        let (sum, part) = (sums.pointer + row * sums.stride, parts.pointer + row * parts.stride)
        for column in 0..<sums.columns { sum[column] += part[column] }
      }
    }
  }
}
