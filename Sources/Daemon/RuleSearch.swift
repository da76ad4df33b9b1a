public import ScytheLinux
public import ScythePolicy

// What the rules say of a process that runs. Reading its command line may wait for it: for calm threads, and never for a
// process that is being killed.
extension PolicyRules {
  /// Asks the rules, and reads of the process only what one of them asks for. What cannot be read counts as empty.
  ///
  /// - Parameters:
  ///   - pid: the process.
  ///   - name: its short name.
  ///   - userID: its real user.
  ///   - names: what its control groups are called.
  ///   - procfs: where it is.
  ///   - readsCommandLine: whether its command line is read, for which its memory may have to be waited for; else it counts
  ///     as empty.
  public func verdict(
    of pid: PID, name: ProcessName, userID: UInt32, in names: ControlGroupNames, _ procfs: Procfs,
    readsCommandLine: Bool = true
  ) -> RuleVerdict {
    withPage { page in
      guard page.count > 0 else { return RuleVerdict() }
      let path = fields.contains(.executable) ? PathBuffer(executableOf: pid, procfs) : PathBuffer()
      return withGroup(names) { group in
        withCommandLine(of: pid, procfs, isRead: readsCommandLine) { line in
          path.withBytes { path in
            RuleVerdict(
              page, name: name, executable: path, commandLine: line, group: group,
              unit: group.extracting(group.unit), userID: userID)
          }
        }
      }
    }
  }

  /// Lends the first 4 KiB of the command line.
  private func withCommandLine(
    of pid: PID, _ procfs: Procfs, isRead: Bool, _ body: (Span<UInt8>) -> RuleVerdict
  ) -> RuleVerdict {
    guard isRead, fields.contains(.commandLine), let file = try? procfs.open("cmdline", of: pid) else {
      let nothing = InlineArray<1, UInt8>(repeating: 0)
      return body(nothing.span.extracting(first: 0))
    }
    var line = InlineArray<4096, UInt8>(repeating: 0)
    var whole = line.mutableSpan
    let count = (try? file.read(into: &whole)) ?? 0
    return body(line.span.extracting(first: count))
  }

  /// Lends the path of the control group.
  private func withGroup(_ names: ControlGroupNames, _ body: (Span<UInt8>) -> RuleVerdict) -> RuleVerdict {
    let name = names.telling
    return name.count > 0 ? name.withBytes(body) : PathBuffer("/").withBytes(body)
  }
}

extension PathBuffer {
  /// The path of a process's program; empty if it is not to be seen, or longer than 511 bytes.
  ///
  /// A program that was replaced while it runs, by an update, is still what it was: what the kernel puts behind the name
  /// of a file that is gone is left out.
  fileprivate init(executableOf pid: PID, _ procfs: Procfs) {
    self.init()
    guard let path = try? procfs.executable(of: pid) else { return }
    path.withBytes { bytes in
      append(bytes.extracting(first: bytes.hasSuffix(" (deleted)") ? bytes.count - 10 : bytes.count))
    }
  }
}
