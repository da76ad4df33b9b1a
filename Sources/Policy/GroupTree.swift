// Groups are ordered by number, so that each is found in a few steps: a search inside of one group asks for the groups of
// thousands of processes.
extension Span<GroupSample> {
  /// Where a group is, or belongs if it is not there.
  package func place(of number: UInt32) -> Int {
    var range = 0..<count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = self[middle].number < number ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }

  /// Where a group is.
  package func index(of number: UInt32) -> Int? {
    let place = place(of: number)
    return place < count && self[place].number == number ? place : nil
  }

  /// The sample of a group.
  func group(_ number: UInt32) -> GroupSample? { index(of: number).map { self[$0] } }

  /// Whether a group is another one, or below it.
  package func isGroup(_ number: UInt32, inside other: UInt32) -> Bool {
    var current = number
    // Bounded: a tree from outside may be a ring.
    for _ in 0..<PolicyConstants.groupDepth {
      if current == other { return current != 0 }
      guard current != 0, let index = index(of: current) else { return false }
      current = self[index].parent
    }
    return false
  }
}
