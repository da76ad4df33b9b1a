import ScytheLinux
import ScytheReclaim
import Synchronization

/// How a process came to be a victim; decides which others become victims with it.
enum VictimOrigin: BitwiseCopyable {
  case named
  case tree
  case controlGroup
  case sharer
}

/// One process that is to die: what was known before the signal, and what has happened to it since.
struct Victim: ~Copyable {
  let stat: ProcessStat
  let before: ProcessStatus
  let origin: VictimOrigin
  let process: ProcessDescriptor
  /// Opened before the signal, so that it shows this process for certain.
  let statusFile: FileDescriptor
  let freezer: FreezerState
  /// The row that stands for the memory which this process uses; its own row unless it shares.
  var space: Int
  /// Whether another victim uses the same memory.
  var sharesMemory = false
  /// Whether the kernel would not say of somebody whether he uses the same memory.
  var isUnsureOfSharers = false

  /// What the signal came to: `unsent`, 0, or a negated errno. Written by the executor that signals.
  let signalResult = Atomic<Int32>(Victim.unsent)
  static var unsent: Int32 { 1 }
  /// When SIGKILL had been sent; 0 before. Written ahead of `signalResult`, by the same thread.
  let deliveredNanoseconds = Atomic<Int64>(0)

  /// Where those stand who release the memory together; of the row that stands for the memory.
  let frontier = AddressFrontier()

  /// Written by the coordinator alone.
  var course = Course()

  var pid: PID { stat.pid }
}

/// What has happened to a victim; moments are nanoseconds of the monotonic clock, 0 for not yet.
struct Course: BitwiseCopyable {
  enum Stage: BitwiseCopyable {
    /// Waits for an executor.
    case queued
    /// An executor has it.
    case working
    /// Holds a robust mutex, or may: waits for the exit.
    case withheld
    /// The executor is done with it.
    case done
  }

  var stage = Stage.queued
  var exitedNanoseconds: Int64 = 0
  var executorsAtWork = 0
  var workers = 0
  /// When the last executor that helped returned.
  var helpedNanoseconds: Int64 = 0
  /// When the last one of them had looked at the areas.
  var helperLookedNanoseconds: Int64 = 0
  /// How often helpers have asked the kernel to release a part.
  var helperCalls = 0
  /// Set when the caller's grace for a robust mutex is over.
  var ignoresRobustLists = false
  var result = JobResult()
}

/// Rows as an executor sees them: a snapshot of what there was when its job began. Rows never move.
@safe struct VictimRows: @unchecked Sendable {
  // Executors read fields that were written before the job was handed over, and write only atomics; the coordinator
  // writes `course` alone from then on.
  private let base: UnsafeMutablePointer<Victim>?
  private let order: UnsafeMutablePointer<Int>?
  let count: Int

  init() {
    unsafe base = nil
    unsafe order = nil
    count = 0
  }

  init(_ victims: borrowing FixedTable<Victim>, _ order: borrowing FixedTable<Int>) {
    count = min(victims.count, order.count)
    unsafe base = count > 0 ? victims.pointer(at: 0) : nil
    unsafe self.order = count > 0 ? order.pointer(at: 0) : nil
  }

  /// The row at a place of the order of death.
  func row(inOrder place: Int) -> Int {
    precondition(place < count)
    return unsafe order![place]
  }

  subscript(row: Int) -> Victim {
    _read {
      precondition(row >= 0 && row < count)
      yield unsafe base![row]
    }
  }
}
