internal import CScytheLinux

/// A process that puts two limit files back to what they were as soon as the program that made it dies. A program that
/// lowers a limit for a moment makes one before: nothing that happens to it, not even SIGKILL, leaves the limit behind.
public struct LimitGuardian: ~Copyable {
  // The write end of a pipe: its closing wakes the guardian, whoever closes it.
  private let wake: FileDescriptor

  /// Starts the guardian. It takes no signals and leaves the caller's terminal.
  ///
  /// - Parameters:
  ///   - first: a file, open for writing.
  ///   - firstValue: what shall be written into it.
  ///   - second: another file, open for writing; the same one again if there is but one.
  ///   - secondValue: what shall be written into that.
  /// - Throws: what `fork(2)` and `pipe2(2)` say.
  public init(
    _ first: borrowing FileDescriptor, _ firstValue: borrowing PathBuffer,
    _ second: borrowing FileDescriptor, _ secondValue: borrowing PathBuffer
  ) throws(Errno) {
    let firstNumber = first.rawValue
    let secondNumber = second.rawValue
    let secondText = copy secondValue
    let end = try unsafe firstValue.withCString { (firstText) throws(Errno) in
      try unsafe secondText.withCString { (secondText) throws(Errno) in
        try valueOrErrno(unsafe clinux_fork_limit_guardian(firstNumber, firstText, secondNumber, secondText))
      }
    }
    wake = FileDescriptor(owning: CInt(truncatingIfNeeded: end))
  }

  /// Lets the guardian go without touching the files: the caller has restored them itself.
  public consuming func dismiss() { try? wake.write("done") }
}
