import ScytheLinux

/// What the name of a process's control group says about the process.
struct ControlGroupName: Equatable, BitwiseCopyable {
  /// A hash of the service or scope, the same after a restart; 0 for none.
  var unit: UInt32 = 0
  /// Whether it is a service of the system, a session that somebody logged in to, or a user's session services: places
  /// where a program is started by a manager and not by another program.
  var isManaged = false

  init() {}

  /// Reads a name such as `/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope/tab`.
  ///
  /// The unit is the last part that is a service or a scope, so that what a service makes below itself counts as it; where
  /// there is none, as in a container's own tree, it is the whole name.
  init(parsing name: Span<UInt8>) {
    if name.count <= 1 { return }
    var end = name.count
    var start = 0
    while start < name.count {
      var next = start + 1
      while next < name.count, name[next] != UInt8(ascii: "/") { next += 1 }
      let part = name.extracting(start..<next)
      if part.hasSuffix(".service") || part.hasSuffix(".scope") { end = next }
      start = next
    }
    let whole = name.extracting(0..<end)
    unit = ControlGroupName.hash(whole)
    isManaged =
      name.hasPrefix("/system.slice/") || name.hasPrefix("/init.scope")
      || ControlGroupName.contains("/session-", in: name) || ControlGroupName.contains("/session.slice/", in: name)
  }

  /// FNV-1a in 32 bits; 0 stands for no unit.
  private static func hash(_ bytes: Span<UInt8>) -> UInt32 {
    var sum: UInt32 = 0x811c_9dc5
    for index in bytes.indices { sum = (sum ^ UInt32(bytes[index])) &* 0x0100_0193 }
    return sum == 0 ? 1 : sum
  }

  private static func contains(_ text: StaticString, in bytes: Span<UInt8>) -> Bool {
    for index in bytes.indices where bytes.hasPrefix(text, at: index) { return true }
    return false
  }
}
