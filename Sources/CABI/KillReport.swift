internal import CScytheABI
import ScytheLinux
import ScytheReaper
import ScytheReclaim

extension scythe_kill_report {
  /// A report of nothing.
  init(knowingNothing: ()) {
    self.init()
    signal_ns = -1
    check_ns = -1
    release_ns = -1
    exit_ns = -1
    back_ns = -1
  }

  /// Takes what became of the process.
  mutating func take(_ victim: VictimReport, victims: Int) {
    take(victim.fate)
    evidence = victim.evidence.number
    robust = victim.robust.number
    workers = UInt32(truncatingIfNeeded: victim.workers)
    self.victims = UInt32(truncatingIfNeeded: victims)
    bytes_back = victim.bytesBack
    left_private = victim.left.privateBytes
    left_shared = victim.left.sharedBytes
    left_hugetlb = victim.left.hugetlbBytes
    left_pinned = victim.left.pinnedBytes
    left_page_tables = victim.left.pageTableBytes
    signal_ns = victim.signalNanoseconds
    if victim.robust != .unchecked { check_ns = victim.checkNanoseconds }
    if victim.carrier != nil { release_ns = victim.releaseNanoseconds }
    if let nanoseconds = victim.exitNanoseconds { exit_ns = nanoseconds }
    if let nanoseconds = victim.backNanoseconds { back_ns = nanoseconds }
  }

  /// Takes who was found to use the same memory.
  mutating func take(_ sharers: Sharers) {
    self.sharers = UInt32(truncatingIfNeeded: sharers.count)
    unsafe withUnsafeMutableBytes(of: &sharer_pids) { bytes in
      for index in 0..<sharers.namedCount {
        let offset = index * MemoryLayout<Int32>.size
        unsafe bytes.storeBytes(of: sharers[index].rawValue, toByteOffset: offset, as: Int32.self)
      }
    }
  }

  private mutating func take(_ fate: Fate) {
    let named: scythe_fate
    switch fate {
    case .planned: named = SCYTHE_FATE_NOT_KILLED
    case .exited: named = SCYTHE_FATE_EXITED
    case .released: named = SCYTHE_FATE_RELEASED
    case .exitUnderWay, .notReleased: named = SCYTHE_FATE_EXIT_UNDER_WAY
    case .withheld: named = SCYTHE_FATE_WITHHELD
    case .sharedMemory(let sharers):
      named = SCYTHE_FATE_SHARED
      take(sharers)
    // The process itself stands for all that share its memory.
    case .sharesWith: named = SCYTHE_FATE_SHARED
    case .dumpingCore: named = SCYTHE_FATE_DUMPING_CORE
    case .stuck: named = SCYTHE_FATE_STUCK
    case .unsupported, .notAlone, .notCharged: named = SCYTHE_FATE_UNSUPPORTED
    case .notSignalled(let error):
      named = SCYTHE_FATE_NOT_SIGNALLED
      self.error = error.rawValue
    case .failed(let error):
      named = SCYTHE_FATE_FAILED
      self.error = error.rawValue
    }
    self.fate = Int32(truncatingIfNeeded: named.rawValue)
  }
}

extension Evidence {
  fileprivate var number: Int32 {
    let named =
      switch self {
      case .none: SCYTHE_EVIDENCE_NONE
      case .exit: SCYTHE_EVIDENCE_EXIT
      case .residentSetAfterRelease: SCYTHE_EVIDENCE_RESIDENT_SET
      }
    return Int32(truncatingIfNeeded: named.rawValue)
  }
}

extension RobustState {
  fileprivate var number: Int32 {
    let named =
      switch self {
      case .unchecked: SCYTHE_ROBUST_UNCHECKED
      case .clear: SCYTHE_ROBUST_CLEAR
      case .held: SCYTHE_ROBUST_HELD
      case .unreadable: SCYTHE_ROBUST_UNREADABLE
      }
    return Int32(truncatingIfNeeded: named.rawValue)
  }
}
