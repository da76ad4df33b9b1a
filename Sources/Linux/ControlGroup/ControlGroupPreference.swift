internal import CScytheLinux

/// What is wanted of a killer that has to choose, for the processes of a control group.
@frozen public enum ControlGroupPreference: UInt8, Equatable, Sendable, BitwiseCopyable {
  /// Nothing is said.
  case none
  /// Rather them than others: `user.oomd_prefer`.
  case prefer
  /// Rather others: `user.oomd_avoid`, which systemd writes for `ManagedOOMPreference=avoid`.
  case avoid
  /// Never them: `user.oomd_omit`, which systemd writes for `ManagedOOMPreference=omit`.
  case omit
}

extension ControlGroup {
  /// What the group's extended attributes say, the ones that systemd-oomd and Meta's oomd go by.
  ///
  /// Who may write to a group's directory may mark it. So only the marks of root's groups spare anybody, and of those of the
  /// caller's own user: else everybody could spare himself. Anybody may offer his own.
  ///
  /// - Parameter userID: the caller's user.
  /// - Returns: the mark that spares most; ``ControlGroupPreference/none`` for what cannot be read, and in v1, whose groups
  ///   have no such attributes.
  ///
  /// Linux 5.7. The corresponding page is `systemd.resource-control(5)`.
  public func preference(trusting userID: UInt32) -> ControlGroupPreference {
    guard version == .v2 else { return .none }
    if isMarked("user.oomd_omit") { return isTrusted(userID) ? .omit : .none }
    if isMarked("user.oomd_avoid") { return isTrusted(userID) ? .avoid : .none }
    return isMarked("user.oomd_prefer") ? .prefer : .none
  }

  private func isTrusted(_ userID: UInt32) -> Bool {
    guard let owner = try? directory.rights().userID else { return false }
    return owner == 0 || owner == userID
  }

  /// Whether an attribute is there and says yes, in the words that systemd takes.
  private func isMarked(_ name: StaticString) -> Bool {
    var value = InlineArray<4, UInt8>(repeating: 0)
    var bytes = value.mutableSpan
    let count = unsafe bytes.withUnsafeMutableBytes { (raw) in
      unsafe clinux_attribute(directory.rawValue, name.cString, raw.baseAddress.unsafelyUnwrapped, raw.count)
    }
    guard count > 0 else { return false }
    switch value[0] | 0x20 {
    case UInt8(ascii: "1"), UInt8(ascii: "y"), UInt8(ascii: "t"): return true
    case UInt8(ascii: "o"): return value[1] | 0x20 == UInt8(ascii: "n")
    default: return false
    }
  }
}
