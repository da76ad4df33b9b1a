import Scythe
import ScytheDaemon
import ScythePolicy
import ScytheTelemetry

/// A decision as a program reads it; the words for people are made of the same.
struct ExplainedDecision: Encodable {
  struct Headroom: Encodable {
    let free, perCPULists, inactiveFiles, activeFiles, slab, zram, diskSwap, keptBack, total: UInt64
    let container: UInt64?
  }

  /// Bytes; fills per second.
  struct Line: Encodable {
    let fillPerSecond, othersFillPerSecond, latency, release, reserve, cap, emergency, total: UInt64
  }

  struct Pressure: Encodable {
    let fullBasisPoints, refaultBasisPoints, thrashMilliseconds, stallMilliseconds: UInt64
  }

  let action: String
  /// The rule that asks for a kill.
  let rule: String?
  /// Why nothing is done.
  let restraint: String?
  /// What a person should hear of.
  let event: String?
  let headroom: Headroom
  let line: Line
  let pressure: Pressure

  init(_ decision: Decision) {
    action = decision.action.words
    rule = decision.rule.map { "\($0.name)" }
    restraint = decision.restraint.map { RecordedRestraint($0).words }
    event = decision.event?.words
    let parts = decision.headroom
    headroom = Headroom(
      free: parts.freeBytes, perCPULists: parts.perCPUListBytes, inactiveFiles: parts.inactiveFileBytes,
      activeFiles: parts.activeFileBytes, slab: parts.slabBytes, zram: parts.zramBytes, diskSwap: parts.diskSwapBytes,
      keptBack: parts.watermarkBytes, total: parts.totalBytes, container: parts.containerBytes)
    let lines = decision.line
    line = Line(
      fillPerSecond: lines.fillBytesPerSecond, othersFillPerSecond: lines.otherFillBytesPerSecond,
      latency: lines.latencyBytes, release: lines.releaseBytes, reserve: lines.reserveBytes, cap: lines.capBytes,
      emergency: lines.emergencyBytes, total: lines.totalBytes)
    pressure = Pressure(
      fullBasisPoints: decision.pressure.fullBasisPoints, refaultBasisPoints: decision.pressure.refaultBasisPoints,
      thrashMilliseconds: decision.pressure.thrashNanoseconds / 1_000_000,
      stallMilliseconds: decision.pressure.stallNanoseconds / 1_000_000)
  }
}

extension Action {
  fileprivate var words: String {
    switch self {
    case .nothing: "nothing"
    case .lookCloser: "look closer"
    case .polite: "ask the first to end"
    case .kill: "kill the first"
    case .releaseKernelVictim: "release the kernel's victim"
    }
  }
}

extension PolicyEvent {
  fileprivate var words: String {
    switch self {
    case .killsAreFutile: "two kills in a row returned next to nothing"
    case .lossUnexplained(let lost, let explained):
      "\(Quantity.bytes(lost)) went away, of which processes have \(Quantity.bytes(explained)): a tmpfs, a file system's"
        + " cache, or the kernel"
    case .noVictim: "memory is short, and nobody can be killed for it"
    case .unitKeepsComing: "a unit is killed again and again"
    case .timeJumped: "the clock jumped"
    }
  }
}
