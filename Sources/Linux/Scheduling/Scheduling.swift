internal import CScytheLinux

/// A scheduling class.
@frozen public enum SchedulingClass: Equatable, Sendable, BitwiseCopyable {
  /// The ordinary class. The C name is `SCHED_OTHER`.
  case other
  /// Real-time, first in first out. The C name is `SCHED_FIFO`.
  case fifo
  /// Real-time, taking turns within a priority. The C name is `SCHED_RR`.
  case roundRobin
  /// Only when nobody else wants the CPU. The C name is `SCHED_IDLE`.
  case idle
  /// Another one: batch, deadline, extensible.
  case unknown

  fileprivate var rawValue: CInt {
    switch self {
    case .fifo: 1
    case .roundRobin: 2
    case .idle: 5
    case .other, .unknown: 0
    }
  }
}

/// The scheduling of single threads.
public enum Scheduling {
  /// Puts a thread into a class.
  ///
  /// - Parameters:
  ///   - schedulingClass: not `unknown`: that traps.
  ///   - thread: 0 is the calling thread.
  ///   - priority: 1 (lowest) to 99 for the real-time classes, 0 for the others.
  ///   - resetOnFork: whether what the thread forks starts in the ordinary class again.
  /// - Throws: `Errno.notPermitted` without `CAP_SYS_NICE`, or in a cgroup without real-time budget;
  ///   `Errno.noSuchProcess`.
  ///
  /// The corresponding system call is `sched_setscheduler(2)`.
  public static func set(
    _ schedulingClass: SchedulingClass, of thread: PID, priority: CInt = 0, resetOnFork: Bool = true
  ) throws(Errno) {
    precondition(schedulingClass != .unknown)
    _ = try valueOrErrno(
      clinux_sched_set(thread.rawValue, schedulingClass.rawValue, priority, resetOnFork ? 1 : 0))
  }

  /// Favours the calling thread as far as is allowed: the lowest real-time priority, else the lowest nice value, else
  /// nothing. What it forks starts in the ordinary class.
  public static func favourCurrentThread() {
    do throws(Errno) {
      try set(.roundRobin, of: PID(0), priority: 1)
    } catch {
      try? setNice(-20, of: PID(0))
    }
  }

  /// The class of a thread.
  ///
  /// - Throws: `Errno.noSuchProcess`.
  public static func schedulingClass(of thread: PID) throws(Errno) -> SchedulingClass {
    // The flag for reset on fork comes along in bit 30.
    switch try valueOrErrno(clinux_sched_get(thread.rawValue)) & 0xffff {
    case 0: .other
    case 1: .fifo
    case 2: .roundRobin
    case 5: .idle
    default: .unknown
    }
  }

  /// The CPU that the calling thread runs on at this moment.
  public static var currentProcessor: Int32 { clinux_current_cpu() }

  /// Lets a thread run wherever the calling thread may, but for some CPUs.
  ///
  /// - Parameters:
  ///   - thread: the thread.
  ///   - processors: those CPUs; none sets the thread free again.
  /// - Throws: `Errno.invalidArgument` if no CPU would be left; `Errno.noSuchProcess`; `Errno.notPermitted`.
  ///
  /// The corresponding system call is `sched_setaffinity(2)`.
  public static func keep(_ thread: PID, off processors: Span<Int32>) throws(Errno) {
    try unsafe processors.withUnsafeBufferPointer { (raw) throws(Errno) in
      _ = try valueOrErrno(unsafe clinux_keep_off(thread.rawValue, raw.baseAddress, raw.count))
    }
  }

  /// Sets the nice value of a thread.
  ///
  /// - Parameters:
  ///   - nice: -20 (favoured) to 19.
  ///   - thread: the thread.
  /// - Throws: `Errno.permissionDenied` or `Errno.notPermitted` without `CAP_SYS_NICE`; `Errno.noSuchProcess`.
  ///
  /// The corresponding call is `setpriority(2)`, which on Linux acts on one thread.
  public static func setNice(_ nice: CInt, of thread: PID) throws(Errno) {
    _ = try valueOrErrno(clinux_set_nice(thread.rawValue, nice))
  }
}

extension Procfs {
  /// How many of the usable CPUs nobody but the caller, who is about to wait, runs on at this moment; from the fourth field
  /// of `/proc/loadavg`, which counts runnable threads:
  ///
  ///     0.20 0.18 0.12 1/80 11206
  ///
  /// - Returns: at least 0; 0 as well if the file cannot be read.
  public func idleProcessors() -> Int {
    guard let file = try? FileDescriptor(path("loadavg"), .read) else { return 0 }
    let running = try? withContents(of: file) { (text) throws(Errno) -> Int in
      var position = 0
      for _ in 0..<3 { guard text.skipField(&position) else { throw .badMessage } }
      guard let number = text.decimal(&position) else { throw .badMessage }
      return Int(clamping: number)
    }
    guard let running else { return 0 }
    return max(0, Machine.usableProcessors - max(0, running - 1))
  }
}
