public import ScytheLinux

/// The processes that lead a session of logind: with them a person's whole desktop or login goes.
public struct LoginSessions: Sendable, BitwiseCopyable {
  // A machine with more people on it has other worries.
  private var leaders = InlineArray<64, PID>(repeating: PID(0))
  private var count = 0

  /// Reads what logind writes for its own next start: one file for each session, with a line `LEADER=1234`.
  ///
  /// - Parameter folder: `/run/systemd/sessions` but for tests. A folder that is not there is a machine without logind.
  public init(_ folder: PathBuffer = PathBuffer("/run/systemd/sessions")) {
    guard let directory = try? FileDescriptor(folder, .directory) else { return }
    try? directory.forEachEntry { (name, _) throws(Errno) in
      var path = folder
      path.append("/")
      path.append(name)
      // A session's other entry is a pipe, which would wait for a writer.
      guard !name.hasSuffix(".ref"), let file = try? FileDescriptor(path, .read) else { return true }
      var leader: PID?
      try? file.forEachLine { (line) throws(Errno) in
        if let number = line.number(after: "LEADER="), let pid = Int32(exactly: number) { leader = PID(pid) }
        return leader == nil
      }
      if let leader { insert(leader) }
      return count < 64
    }
  }

  private mutating func insert(_ pid: PID) {
    guard pid.rawValue > 1, count < 64 else { return }
    leaders[count] = pid
    count += 1
  }

  /// Whether a process leads one.
  public func areLed(by pid: PID) -> Bool {
    for index in 0..<count where leaders[index] == pid { return true }
    return false
  }
}
