extension Span<GroupSample> {
  /// The sample of a group.
  func group(_ number: UInt32) -> GroupSample? {
    for index in indices where self[index].number == number { return self[index] }
    return nil
  }

  /// Whether a group is another one, or below it.
  package func isGroup(_ number: UInt32, inside other: UInt32) -> Bool {
    var current = number
    // Bounded: a tree from outside may be a ring.
    for _ in 0..<PolicyConstants.groupDepth {
      if current == other { return current != 0 }
      guard current != 0, let sample = group(current) else { return false }
      current = sample.parent
    }
    return false
  }
}
