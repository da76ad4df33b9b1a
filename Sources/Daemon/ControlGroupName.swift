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
    let range = name.unit
    unit = ControlGroupName.hash(name.extracting(0..<(range.isEmpty ? name.count : range.upperBound)))
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

extension Span<UInt8> {
  /// Where in the path of a control group the name of the innermost service or scope is; nowhere if it is in none.
  var unit: Range<Int> {
    var unit = 0..<0
    var start = 0
    for end in 0...count where end == count || self[end] == UInt8(ascii: "/") {
      let part = extracting(start..<end)
      if part.hasSuffix(".service") || part.hasSuffix(".scope") { unit = start..<end }
      start = end + 1
    }
    return unit
  }
}
