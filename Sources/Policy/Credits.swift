import ScytheLinux

/// Names a process for good.
struct ProcessIdentity: Equatable, BitwiseCopyable {
  var pid = PID(0)
  var startTicks: UInt64 = 0

  init() {}

  init(_ pid: PID, _ startTicks: UInt64) {
    self.pid = pid
    self.startTicks = startTicks
  }
}

/// What a kill under way still promises.
struct Credit: BitwiseCopyable {
  var victim = ProcessIdentity()
  /// What the kill takes with it.
  var scope = VictimScope.process
  var userID: UInt32 = 0
  var unit: UInt32 = 0
  var group: UInt32 = 0
  var name = ProcessName()
  /// What its death returns.
  var expectedBytes: UInt64 = 0
  /// What the reaper says came back, so far.
  var reportedBytes: UInt64 = 0
  /// What was short when it was decided; `nil` for one that is not judged: a kill of somebody else.
  var shortageBytes: UInt64?
  /// Whether nobody was killed, and it was only told: its victim may be chosen again.
  var isOnlyTold = false
  /// When the kill was decided; 0 for one of somebody else.
  var decidedNanoseconds: UInt64 = 0
  var expiresNanoseconds: UInt64 = 0

  init() {}

  /// What the death of a victim promises.
  init(_ victim: Victim) {
    self.victim = victim.identity
    scope = victim.scope
    userID = victim.userID
    unit = victim.unit
    group = victim.group
    name = victim.name
    expectedBytes = victim.expectedBytes
  }

  /// What of it is no candidate again when its time is over: the victim. Who is in its group then, or a member of the fork
  /// bomb, and is not dying, was started since.
  var spent: Credit {
    var spent = self
    spent.scope = .process
    return spent
  }

  /// What it promises still, going by reports alone.
  var openBytes: UInt64 { expectedBytes.minus(reportedBytes) }

  /// Whether it is forgotten first where there is no room for both.
  fileprivate func isForgotten(before other: Credit) -> Bool {
    let (isOwn, isOthersOwn) = (decidedNanoseconds > 0, other.decidedNanoseconds > 0)
    return isOwn == isOthersOwn ? expiresNanoseconds < other.expiresNanoseconds : isOthersOwn
  }

  /// Whether a process dies by this kill.
  func takes(_ row: Candidate) -> Bool {
    if victim == ProcessIdentity(row.pid, row.startTicks) { return true }
    return scope.reaches(row, group: group, userID: userID, unit: unit, name: name)
  }
}

/// The kills under way, and what decisions may count on because of them.
struct Credits: BitwiseCopyable {
  private(set) var rows = InlineArray<16, Credit>(repeating: Credit())
  private(set) var count = 0
  /// The least headroom since the first of the open ones was opened: what is above that has come back.
  private var lowestBytes: UInt64 = .max

  init() {}

  var isFull: Bool { count == rows.count }

  /// One that is open.
  subscript(index: Int) -> Credit { rows[index] }

  /// How long a kill may take to return its memory, in nanoseconds.
  static func lifetime(of bytes: UInt64) -> UInt64 {
    min(
      PolicyConstants.creditNanoseconds.plus(bytes.nanoseconds(atPerSecond: PolicyConstants.creditBytesPerSecond)),
      PolicyConstants.mostCreditNanoseconds)
  }

  /// Opens one; a full book forgets a kill of somebody else, if there is one, and of several the one that expires first.
  mutating func open(_ credit: Credit, headroomBytes: UInt64) {
    if count == 0 { lowestBytes = headroomBytes }
    if isFull {
      var first = 0
      for index in 1..<count where rows[index].isForgotten(before: rows[first]) { first = index }
      close(first, headroomBytes: headroomBytes)
    }
    rows[count] = credit
    count += 1
  }

  /// Takes what there is now.
  mutating func observe(headroomBytes: UInt64) { lowestBytes = min(lowestBytes, headroomBytes) }

  /// What all of them promise still: less what was reported, or what is seen to be back, whichever is more.
  func promisedBytes(headroomBytes: UInt64) -> UInt64 {
    var expected: UInt64 = 0
    var reported: UInt64 = 0
    for index in 0..<count {
      expected = expected.plus(rows[index].expectedBytes)
      reported = reported.plus(min(rows[index].reportedBytes, rows[index].expectedBytes))
    }
    return expected.minus(max(reported, headroomBytes.minus(lowestBytes)))
  }

  /// What those inside a control group promise still.
  func promisedBytes(inside number: UInt32, _ groups: Span<GroupSample>) -> UInt64 {
    var open: UInt64 = 0
    for index in 0..<count where groups.isGroup(rows[index].group, inside: number) {
      open = open.plus(rows[index].openBytes)
    }
    return open
  }

  /// What one of them has returned: by report, or its share of what is seen to be back.
  func returnedBytes(_ index: Int, headroomBytes: UInt64) -> UInt64 {
    var expected: UInt64 = 0
    for index in 0..<count { expected = expected.plus(rows[index].expectedBytes) }
    let seen = headroomBytes.minus(lowestBytes)
    let share = expected == 0 ? 0 : seen.scaled(by: rows[index].expectedBytes, over: expected)
    return max(rows[index].reportedBytes, share)
  }

  /// Whether a process dies by one of them.
  func take(_ row: Candidate) -> Bool { rows.span.extracting(first: count).take(row) }

  /// Whether one of them kills a fork bomb, member by member.
  var killKin: Bool {
    for index in 0..<count where !rows[index].isOnlyTold && rows[index].scope.isKin { return true }
    return false
  }

  /// The one of a victim.
  func index(of victim: ProcessIdentity) -> Int? {
    for index in 0..<count where rows[index].victim == victim { return index }
    return nil
  }

  /// Puts down what came back so far.
  mutating func report(_ bytes: UInt64, at index: Int) { rows[index].reportedBytes = bytes }

  /// Leaves one unjudged.
  mutating func leaveUnjudged(_ index: Int) { rows[index].shortageBytes = nil }

  /// Puts down that one was decided anew.
  mutating func setDecided(_ nanoseconds: UInt64, at index: Int) { rows[index].decidedNanoseconds = nanoseconds }

  /// Lets one expire at another time.
  mutating func setExpiry(_ nanoseconds: UInt64, at index: Int) { rows[index].expiresNanoseconds = nanoseconds }

  /// Ends one. What it returned is seen in headroom from now on for good, and is nothing that the others owe.
  mutating func close(_ index: Int, headroomBytes: UInt64) {
    lowestBytes = min(headroomBytes, lowestBytes.plus(returnedBytes(index, headroomBytes: headroomBytes)))
    count -= 1
    rows[index] = rows[count]
  }

  /// Whether the time of one is over.
  func isExpired(_ index: Int, at nanoseconds: UInt64) -> Bool { rows[index].expiresNanoseconds <= nanoseconds }

  /// When the next one expires; the largest number if none is open.
  var nextExpiryNanoseconds: UInt64 {
    var next = UInt64.max
    for index in 0..<count { next = min(next, rows[index].expiresNanoseconds) }
    return next
  }
}

/// The victims that were killed and did not return their memory in time: killing them again is no use.
struct SpentVictims: BitwiseCopyable {
  private(set) var rows = InlineArray<32, Credit>(repeating: Credit())
  private(set) var count = 0
  private var next = 0

  init() {}

  /// Remembers one; the oldest of too many is forgotten.
  mutating func insert(_ credit: Credit) {
    rows[next] = credit
    next = (next + 1) % rows.count
    count = min(count + 1, rows.count)
  }

  /// What was short when one of them was killed; `nil` for one that is not judged, or not remembered.
  func shortageBytes(of victim: ProcessIdentity) -> UInt64? {
    for index in 0..<count where rows[index].victim == victim { return rows[index].shortageBytes }
    return nil
  }

  /// Whether a process is one of them, or died with one.
  func contain(_ row: Candidate) -> Bool { rows.span.extracting(first: count).take(row) }
}

extension Span<Credit> {
  /// Whether a process dies by one of these kills. Whoever asks this of thousands makes the span once: the compiler copies
  /// an array for that, 4 KiB of it.
  func take(_ row: Candidate) -> Bool {
    for index in indices where self[index].takes(row) { return true }
    return false
  }
}
