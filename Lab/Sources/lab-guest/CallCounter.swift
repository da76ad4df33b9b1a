import CLabGuest
import Glibc

/// Counts the system calls of a process; that costs the process nothing that is counted.
struct CallCounter: ~Copyable {
  private let file: CInt

  /// Begins.
  ///
  /// - Parameter pid: the process with its future threads; 0 for the calling thread.
  init(of pid: pid_t) {
    let path = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id"
    let event = Text.read(path).flatMap { UInt64($0.prefix { $0.isNumber }) }
    file = event.map { CInt(labguest_count_calls(pid, $0)) } ?? -1
  }

  deinit { if file >= 0 { close(file) } }

  /// How many there were; `nil` if they cannot be counted here.
  var calls: Int? {
    var calls: UInt64 = 0
    guard file >= 0, unsafe read(file, &calls, MemoryLayout<UInt64>.size) > 0 else { return nil }
    return Int(calls)
  }

  /// The same of the caller itself, without the call that asks.
  var callsOfCaller: Int? { calls.map { $0 - 1 } }
}
