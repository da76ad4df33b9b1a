import ScytheLinux
import ScythePolicy

/// What the name of a process's control group says about the process.
struct ControlGroupName: Equatable, BitwiseCopyable {
  /// A hash of the service or scope, the same after a restart; 0 for none.
  var unit: UInt32 = 0
  /// Where the process runs.
  var scope = ScopeKind.other

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
    unit = ControlGroupName.hash(name.extracting(0..<end))
    if name.hasPrefix("/system.slice/") || name.hasPrefix("/init.scope") {
      scope = .system
    } else if name.hasPrefix("/user.slice/") {
      scope = .session
    }
  }

  private static func hash(_ bytes: Span<UInt8>) -> UInt32 {
    var hash = NameHash()
    for index in bytes.indices { hash.take(bytes[index]) }
    return hash.value
  }
}

/// FNV-1a in 32 bits: what stands for the name of a group or a unit, and is the same after a restart.
struct NameHash: BitwiseCopyable {
  private var sum: UInt32 = 0x811c_9dc5

  mutating func take(_ byte: UInt8) { sum = (sum ^ UInt32(byte)) &* 0x0100_0193 }

  /// Never 0, which stands for no name.
  var value: UInt32 { sum == 0 ? 1 : sum }
}
