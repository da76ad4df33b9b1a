/// A setting below `/proc/sys` that is one number.
@frozen public enum KernelParameter: Sendable, BitwiseCopyable {
  /// Whether the machine panics when memory ends: 0 never, 1 unless a limit is the cause, 2 always. The name is
  /// `vm.panic_on_oom`.
  case panicOnOutOfMemory
  /// Whether whoever asks for memory is killed when it ends, not the largest. The name is `vm.oom_kill_allocating_task`.
  case killsAllocatingTask
  /// Whose memory may be read: 0 one's own user's, 1 one's descendants', 2 with `CAP_SYS_PTRACE` only, 3 nobody's. The
  /// name is `kernel.yama.ptrace_scope`; the file is there only if the Yama module is in the kernel.
  case traceScope

  var name: StaticString {
    switch self {
    case .panicOnOutOfMemory: "sys/vm/panic_on_oom"
    case .killsAllocatingTask: "sys/vm/oom_kill_allocating_task"
    case .traceScope: "sys/kernel/yama/ptrace_scope"
    }
  }
}

extension Procfs {
  /// Reads a setting.
  ///
  /// The kernel's pages are `Documentation/admin-guide/sysctl/vm.rst` and `Documentation/admin-guide/LSM/Yama.rst`.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if the kernel has no such setting; `Errno.badMessage` if it is no number.
  public func value(of parameter: KernelParameter) throws(Errno) -> Int64 {
    let file = try FileDescriptor(path(parameter.name), .read)
    return try withContents(of: file) { (text) throws(Errno) in
      var position = 0
      guard let value = text.signedDecimal(&position) else { throw .badMessage }
      return value
    }
  }
}
