import ScytheLinux

/// What was found out of control groups, by their names, until it has to be found out again: what they are marked as, and what
/// they may have, changes.
struct GroupNameTable: ~Copyable {
  /// What is known of one name. Not private: Swift 6.3 cannot end a table of it in another file otherwise.
  struct Entry: BitwiseCopyable {
    var number: UInt32 = 0
    // The round in the upper 24 bits, so that with 20 of them a second none comes again within nine days.
    private var stamp: UInt32 = 0

    init() {}

    init(number: UInt32, round: UInt32, value: UInt8) {
      self.number = number
      stamp = round << 8 | UInt32(value)
    }

    var round: UInt32 { stamp >> 8 }
    var value: UInt8 { UInt8(truncatingIfNeeded: stamp) }
  }

  // Found by number: each at its remainder, or in one of the next few places.
  private var entries: FixedTable<Entry>
  private var round: UInt32 = 1

  /// What a machine with 110 pods has, twice.
  private static var capacity: Int { 1024 }
  private static var places: Int { 8 }

  /// Makes one that knows nothing.
  ///
  /// - Throws: `Errno.noMemory`.
  init() throws(Errno) {
    entries = try FixedTable(capacity: GroupNameTable.capacity)
    for _ in 0..<GroupNameTable.capacity { entries.append(Entry()) }
  }

  /// From now on what was put in before counts no more.
  mutating func beginRound() { round = round == 0xff_ffff ? 1 : round + 1 }

  /// What was found out of a name in this round; `nil` if nothing was.
  subscript(number: UInt32) -> UInt8? {
    for place in places(of: number) where entries[place].number == number && entries[place].round == round {
      return entries[place].value
    }
    return nil
  }

  /// Keeps what was found out, in the place of what was not seen in this round; without such a place it is found out again.
  mutating func put(_ value: UInt8, for number: UInt32) {
    var free: Int?
    for place in places(of: number) {
      if entries[place].number == number {
        free = place
        break
      }
      if entries[place].round != round { free = free ?? place }
    }
    if let free { entries[free] = Entry(number: number, round: round, value: value) }
  }

  /// Forgets a name.
  mutating func forget(_ number: UInt32) {
    for place in places(of: number) where entries[place].number == number { entries[place] = Entry() }
  }

  private func places(of number: UInt32) -> Range<Int> {
    let first = Int(number) % (GroupNameTable.capacity - GroupNameTable.places)
    return first..<first + GroupNameTable.places
  }
}
