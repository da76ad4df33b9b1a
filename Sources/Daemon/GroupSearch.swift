import ScytheLinux
import ScythePolicy

/// A control group that has a memory limit, or that the kernel kills as one.
struct LimitedGroup: BitwiseCopyable {
  /// A hash of its name; never 0.
  var number: UInt32 = 0
  /// The nearest such group above; 0 for none.
  var parent: UInt32 = 0
  /// 0 for none.
  var limitBytes: UInt64 = 0
  var isKilledAsOne = false
}

/// Finds the limited groups that processes are in, by the names of their groups: so no tree has to be walked that may
/// have thousands of branches, and a new container is known as soon as somebody is seen in it.
struct GroupSearch: ~Copyable {
  /// What is known of one name.
  fileprivate struct Finding {
    var number: UInt32
    var isListed = false
    var isKilledAsOne = false
  }

  private let memory: ControlGroupTree?
  /// A limit that is not below this is none.
  private let machineBytes: UInt64
  private var known: GroupNameTable
  /// For how many groups there was no room in this round.
  private(set) var leftOut: UInt32 = 0
  /// The groups that are the machine in a container: they have rules of their own.
  private var machine = InlineArray<16, UInt32>(repeating: 0)

  /// Looks for the hierarchy.
  ///
  /// - Parameter isInContainer: whether the groups that the caller is in count as the machine.
  /// - Throws: `Errno.noMemory`.
  init(_ procfs: borrowing Procfs, machineBytes: UInt64, isInContainer: Bool) throws(Errno) {
    memory = ControlGroupTree.ofMemory(procfs)
    self.machineBytes = machineBytes
    known = try GroupNameTable()
    guard isInContainer, let memory else { return }
    var count = 0
    var numbers = machine
    ControlGroupNames.known(of: .current, procfs)[memory.hierarchy].withBytes { name in
      GroupSearch.forEachPrefix(of: name) { (number, _) in
        if count < 16 { numbers[count] = number }
        count += 1
      }
    }
    machine = numbers
  }

  /// Has every name looked at again when somebody is next seen in it.
  mutating func beginRound() {
    known.beginRound()
    leftOut = 0
  }

  /// Forgets a group that is gone.
  mutating func forget(_ number: UInt32) { known.forget(number) }

  /// The nearest limited group of a process.
  ///
  /// - Parameters:
  ///   - names: what its groups are called.
  ///   - table: gets the groups that are new, and what is new of others.
  ///   - lock: held while the table is changed.
  /// - Returns: of what was found the number and whether the kernel kills it as one; `nil` for none.
  mutating func group(
    of names: ControlGroupNames, into table: UnsafeMutablePointer<GroupTable>, under lock: borrowing PriorityLock
  ) -> (number: UInt32, isKilledAsOne: Bool)? {
    guard let memory else { return nil }
    var nearest: Finding?
    names[memory.hierarchy].withBytes { name in
      GroupSearch.forEachPrefix(of: name) { (number, end) in
        let found: Finding
        if let value = known[number] {
          found = Finding(number: number, value)
        } else {
          found = unsafe lookAt(name.extracting(0..<end), number, below: nearest?.number ?? 0, memory, table, lock)
          known.put(found.value, for: number)
        }
        if found.isListed { nearest = found }
      }
    }
    return nearest.map { ($0.number, $0.isKilledAsOne) }
  }

  /// Finds out what a group is.
  private mutating func lookAt(
    _ name: Span<UInt8>, _ number: UInt32, below parent: UInt32, _ memory: ControlGroupTree,
    _ table: UnsafeMutablePointer<GroupTable>, _ lock: borrowing PriorityLock
  ) -> Finding {
    var finding = Finding(number: number)
    guard !isMachine(number), let group = try? memory.group(named: name) else { return finding }
    var found = LimitedGroup(number: number, parent: parent)
    if let limit = try? group.memoryMaximumBytes(), limit < machineBytes { found.limitBytes = limit }
    found.isKilledAsOne = (try? group.isKilledAsOne()) ?? false
    guard found.limitBytes > 0 || found.isKilledAsOne else { return finding }
    finding.isKilledAsOne = found.isKilledAsOne
    finding.isListed = unsafe list(found, group, table, lock)
    if !finding.isListed { leftOut = leftOut == .max ? .max : leftOut + 1 }
    return finding
  }

  /// Puts a group into the table; its files are opened without the lock.
  private func list(
    _ found: LimitedGroup, _ group: borrowing ControlGroup, _ table: UnsafeMutablePointer<GroupTable>,
    _ lock: borrowing PriorityLock
  ) -> Bool {
    var sample = GroupSample()
    if let index = unsafe table.pointee.index(of: found.number) {
      if unsafe table.pointee.isThere(index) {
        lock.withLock { unsafe table.pointee.take(found, at: index) }
        return true
      }
      // Removed, and made again by the same name: a service that was started again.
      lock.withLock { unsafe table.pointee.remove(at: index) }
    }
    sample.take(found)
    // How much swap there is, the next reading finds out.
    guard unsafe !table.pointee.isFull, let gauge = try? MemoryGauge(group), sample.read(gauge, swapFreeBytes: 0) else {
      return false
    }
    // A closure cannot give away what it has not made itself.
    var given: MemoryGauge? = gauge
    lock.withLock {
      if let gauge = given.take() { unsafe table.pointee.add(sample, gauge) }
    }
    return true
  }

  private func isMachine(_ number: UInt32) -> Bool {
    for index in machine.indices where machine[index] == number { return true }
    return false
  }

  /// Goes through the groups of a name, from the highest to its own: their numbers, and where their names end in it.
  static func forEachPrefix(of name: Span<UInt8>, _ body: (UInt32, Int) -> Void) {
    guard name.count > 1 else { return }
    var hash = NameHash()
    hash.take(name[0])
    for end in 1...name.count {
      if end == name.count || name[end] == UInt8(ascii: "/") { body(hash.value, end) }
      if end < name.count { hash.take(name[end]) }
    }
  }
}

extension GroupSearch.Finding {
  /// What was put into the table.
  fileprivate init(number: UInt32, _ value: UInt8) {
    self.number = number
    isListed = value & 1 != 0
    isKilledAsOne = value & 2 != 0
  }

  fileprivate var value: UInt8 { (isListed ? 1 : 0) | (isKilledAsOne ? 2 : 0) }
}

extension ControlGroupNames {
  /// The names of a process's groups; those of nobody if they cannot be read.
  static func known(of pid: PID, _ procfs: borrowing Procfs) -> ControlGroupNames {
    (try? ControlGroupNames(of: pid, procfs)) ?? ControlGroupNames()
  }
}
