public import ScytheLinux

/// Processes that use the same memory as another one: the two sides of a `vfork(2)`, or of a `clone(2)` with `CLONE_VM`.
@frozen public struct Sharers: Equatable, Sendable, BitwiseCopyable {
  /// How many were found.
  public private(set) var count = 0
  private var named: InlineArray<8, PID> = InlineArray(repeating: PID(0))

  /// Makes an empty set.
  public init() {}

  /// How many of them can be named: the first eight.
  public var namedCount: Int { min(count, named.count) }

  /// One of those that can be named.
  public subscript(index: Int) -> PID { named[index] }

  /// Adds one.
  public mutating func add(_ pid: PID) {
    if count < named.count { named[count] = pid }
    count += 1
  }

  /// Whether two sets were found to be the same.
  public static func == (left: Sharers, right: Sharers) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.namedCount where left[index] != right[index] { return false }
    return true
  }

  /// Looks for all processes that share the memory of one.
  ///
  /// Works until that one has left its memory: after that nobody can tell any more. A process of which the caller may
  /// read nothing is not found.
  public init<K: Kernel>(of pid: PID, _ kernel: K) {
    guard let stat = try? kernel.procfs.stat(of: pid) else { return }
    var found = Sharers()
    try? kernel.procfs.forEachProcess { (other) throws(Errno) in
      // Equal sizes are necessary, and a hundred times cheaper to see than two processes are to compare.
      if other != pid, let otherStat = try? kernel.procfs.stat(of: other), otherStat.virtualBytes == stat.virtualBytes,
        otherStat.virtualBytes > 0, (try? kernel.isMemoryShared(between: pid, and: other)) ?? false
      {
        found.add(other)
      }
      return true
    }
    self = found
  }
}
