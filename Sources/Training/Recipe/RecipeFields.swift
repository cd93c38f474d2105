import Checkpoints

/// Reads the members of one JSON object of a recipe, or of another file of a run; every complaint
/// names the address.
///
/// A name that nobody asked for is an error, because a misspelt setting would else be a silent
/// default.
package struct RecipeFields {
  private let value: JSONValue
  package let address: String
  private var known: Set<String> = []

  package init(_ value: JSONValue, address: String) throws(RecipeError) {
    guard value.members != nil else {
      throw RecipeError(address, "is \(value.kind); an object is needed")
    }
    self.value = value
    self.address = address
    var seen: Set<String> = []
    for member in value.members ?? [] where !seen.insert(member.name).inserted {
      throw RecipeError(self.address(member.name), "is given twice")
    }
  }

  package func address(_ name: String) -> String { address.isEmpty ? name : "\(address).\(name)" }

  private mutating func find(_ name: String) -> JSONValue? {
    known.insert(name)
    return value.present(name)
  }

  /// Complains about members that were never read.
  package func finish() throws(RecipeError) {
    for member in value.members ?? [] where !known.contains(member.name) {
      let names = known.sorted().joined(separator: ", ")
      throw RecipeError(address(member.name), "is not known; here belong \(names)")
    }
  }

  package mutating func text(_ name: String) throws(RecipeError) -> String? {
    guard let value = find(name) else { return nil }
    guard let text = value.string else {
      throw RecipeError(address(name), "is \(value.kind); a string is needed")
    }
    return text
  }

  package mutating func texts(_ name: String) throws(RecipeError) -> [String]? {
    guard let value = find(name) else { return nil }
    let texts = (value.array ?? []).compactMap(\.string)
    guard let array = value.array, texts.count == array.count else {
      throw RecipeError(address(name), "is not a list of strings")
    }
    return texts
  }

  package mutating func whole(
    _ name: String, _ range: ClosedRange<Int>
  ) throws(RecipeError) -> Int? {
    guard let value = find(name) else { return nil }
    return try Self.whole(value, range, address: address(name))
  }

  private static func whole(
    _ value: JSONValue, _ range: ClosedRange<Int>, address: String
  ) throws(RecipeError) -> Int {
    guard let number = value.integer, range.contains(number) else {
      throw RecipeError(
        address,
        "is \(value.serialized()); a whole number from \(range.lowerBound) to "
          + "\(range.upperBound) is needed")
    }
    return number
  }

  /// A number that training computes with in 32 bits.
  package mutating func number(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(RecipeError) -> Double? {
    guard let value = find(name) else { return nil }
    return try Self.number(value, range, address: address(name))
  }

  private static func number(
    _ value: JSONValue, _ range: ClosedRange<Double>, address: String
  ) throws(RecipeError) -> Double {
    let number = try double(value, range, address: address)
    guard number == 0 || Float(number) != 0 else {
      throw RecipeError(
        address, "is \(value.serialized()), which is 0 in 32 bits; write 0 or a larger number")
    }
    return number
  }

  /// A number that is kept as it is.
  package mutating func double(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(RecipeError) -> Double? {
    guard let value = find(name) else { return nil }
    return try Self.double(value, range, address: address(name))
  }

  private static func double(
    _ value: JSONValue, _ range: ClosedRange<Double>, address: String
  ) throws(RecipeError) -> Double {
    guard let number = value.number, range.contains(number) else {
      throw RecipeError(
        address,
        "is \(value.serialized()); a number from \(range.lowerBound) to "
          + "\(range.upperBound) is needed")
    }
    return number
  }

  /// Numbers that are kept as they are.
  package mutating func doubles(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(RecipeError) -> [Double]? {
    guard let value = find(name) else { return nil }
    guard let array = value.array else {
      throw RecipeError(address(name), "is \(value.kind); a list is needed")
    }
    var numbers: [Double] = []
    for (index, element) in array.enumerated() {
      numbers.append(try Self.double(element, range, address: "\(address(name))[\(index)]"))
    }
    return numbers
  }

  package mutating func flag(_ name: String) throws(RecipeError) -> Bool? {
    guard let value = find(name) else { return nil }
    guard let flag = value.bool else {
      throw RecipeError(address(name), "is \(value.kind); true or false is needed")
    }
    return flag
  }

  package mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(RecipeError) -> Choice? where Choice.RawValue == String {
    guard let text = try text(name) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw RecipeError(address(name), "is \"\(text)\"; it is one of \(names)")
    }
    return choice
  }

  /// A list of whole numbers.
  package mutating func wholes(
    _ name: String, _ range: ClosedRange<Int>
  ) throws(RecipeError) -> [Int]? {
    guard let value = find(name) else { return nil }
    guard let array = value.array else {
      throw RecipeError(address(name), "is \(value.kind); a list is needed")
    }
    var numbers: [Int] = []
    for (index, element) in array.enumerated() {
      numbers.append(try Self.whole(element, range, address: "\(address(name))[\(index)]"))
    }
    return numbers
  }

  /// Two numbers, the beginning and the end of a line.
  package mutating func line(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(RecipeError) -> ClosedRange<Double>? {
    guard let value = find(name) else { return nil }
    guard let array = value.array, array.count == 2 else {
      throw RecipeError(address(name), "is not a list of two numbers, first and last")
    }
    let first = try Self.number(array[0], range, address: "\(address(name))[0]")
    let last = try Self.number(array[1], range, address: "\(address(name))[1]")
    guard first <= last else { throw RecipeError(address(name), "falls; it may only rise") }
    return first...last
  }

  /// Numbers by name, such as the weights of a mix.
  package mutating func numbers(
    _ name: String, _ range: ClosedRange<Double>
  ) throws(RecipeError) -> [String: Double]? {
    guard var fields = try object(name) else { return nil }
    var numbers: [String: Double] = [:]
    for key in fields.names { numbers[key] = try fields.number(key, range) }
    return numbers
  }

  /// Whole numbers by name.
  package mutating func wholeNumbers(
    _ name: String, _ range: ClosedRange<Int>
  ) throws(RecipeError) -> [String: Int]? {
    guard var fields = try object(name) else { return nil }
    var numbers: [String: Int] = [:]
    for key in fields.names { numbers[key] = try fields.whole(key, range) }
    return numbers
  }

  package var names: [String] { (value.members ?? []).map(\.name) }

  package mutating func object(_ name: String) throws(RecipeError) -> RecipeFields? {
    guard let value = find(name) else { return nil }
    return try RecipeFields(value, address: address(name))
  }

  package mutating func objects(_ name: String) throws(RecipeError) -> [RecipeFields]? {
    guard let value = find(name) else { return nil }
    guard let array = value.array else {
      throw RecipeError(address(name), "is \(value.kind); a list is needed")
    }
    var objects: [RecipeFields] = []
    for (index, element) in array.enumerated() {
      objects.append(try RecipeFields(element, address: "\(address(name))[\(index)]"))
    }
    return objects
  }
}
