import Scythe
import ScytheTelemetry

/// What a daemon sees and does, as a program reads it; the words for people are made of the same.
struct TopReport: Encodable {
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

  struct Process: Encodable {
    let pid: Int32
    let name: String
    let returnsBytes: UInt64
    let points: Int64
    let scoreAdjustment: Int32?
    let growthBytesPerSecond: UInt64?
  }

  struct Counts: Encodable {
    let kills, asked, released, refused, told, events, bytesBack, unknownCalls: UInt64
  }

  struct Measured: Encodable {
    let latencyNanoseconds, releaseBytesPerSecond, fillCeilingBytesPerSecond: UInt64
  }

  struct Log: Encodable {
    let state, error: String?
    let entered, stored, lost: UInt64
    let waitingNanoseconds: UInt64?
  }

  /// A look is late after that: the daemon looks every 5 s at the latest.
  static let lateNanoseconds: UInt64 = 10_000_000_000

  let pid: Int32
  let mode, profile: String?
  /// How long ago it looked last, and for how long it has watched.
  let ageNanoseconds, watchingNanoseconds: UInt64
  let looks, sizeBytes, processes: UInt64
  let rule, restraint: String?
  let headroom: Headroom
  let line: Line
  /// `nil` while nothing is filled.
  let timeLeftNanoseconds: UInt64?
  let creditBytes: UInt64
  let pressure: Pressure
  /// Who would die, or dies, if that was asked.
  let victim: Process?
  let candidates: [Process]
  let counts: Counts
  let measured: Measured
  let killLog: Log
  let lastKills: [KilledProcess]
  /// What the text shows of the same.
  let records: [KillRecord]
  let restraintWords: String?

  enum CodingKeys: CodingKey {
    case pid, mode, profile, ageNanoseconds, watchingNanoseconds, looks, sizeBytes, processes, rule, restraint, headroom
    case line, timeLeftNanoseconds, creditBytes, pressure, victim, candidates, counts, measured, killLog, lastKills
  }

  /// Reads the page of a daemon that runs.
  init(_ path: String) throws {
    let status: StatusReport
    do throws(StatusReadError) {
      status = try TopReport.read(path)
    } catch {
      throw Failure(error, reading: path)
    }
    guard status.isAlive else {
      throw Failure(
        message:
          "no scythed runs: process \(status.snapshot.pid.rawValue), which wrote '\(path)', has ended; start scythed",
        exit: Exit.noSuchProcess)
    }
    var records: [KillRecord] = []
    status.forEachRecord { records.append($0) }
    self.init(status.snapshot, records)
  }

  private static func read(_ path: String) throws(StatusReadError) -> StatusReport {
    let boot: BootIdentity
    do throws(Errno) { boot = try BootIdentity() } catch { throw .kernel(error) }
    return try StatusReport(PathBuffer(bytes: path.utf8), boot: boot)
  }

  private init(_ status: StatusSnapshot, _ records: [KillRecord]) {
    let now = UInt64(clamping: MonotonicClock.nowNanoseconds)
    func since(_ moment: UInt64) -> UInt64 { now > moment ? now - moment : 0 }
    pid = status.pid.rawValue
    mode = status.mode.map { "\($0)" }
    profile = status.profile.map { "\($0)" }
    ageNanoseconds = since(status.sampledNanoseconds)
    watchingNanoseconds = since(status.startedNanoseconds)
    looks = status.wakeUps
    sizeBytes = status.sizeBytes
    processes = status.processes
    rule = status.rule.map { "\($0)" }
    restraint = status.restraint.map { "\($0)" }
    restraintWords = status.restraint?.words
    headroom = Headroom(
      free: status.freeBytes, perCPULists: status.perCPUListBytes, inactiveFiles: status.inactiveFileBytes,
      activeFiles: status.activeFileBytes, slab: status.slabBytes, zram: status.zramBytes,
      diskSwap: status.diskSwapBytes, keptBack: status.watermarkBytes, total: status.headroomBytes,
      container: status.containerBytes)
    line = Line(
      fillPerSecond: status.fillBytesPerSecond, othersFillPerSecond: status.otherFillBytesPerSecond,
      latency: status.latencyBytes, release: status.lineReleaseBytes, reserve: status.reserveBytes,
      cap: status.capBytes, emergency: status.emergencyBytes, total: status.lineBytes)
    timeLeftNanoseconds = status.timeLeftNanoseconds
    creditBytes = status.creditBytes
    pressure = Pressure(
      fullBasisPoints: status.fullBasisPoints, refaultBasisPoints: status.refaultBasisPoints,
      thrashMilliseconds: status.thrashNanoseconds / 1_000_000, stallMilliseconds: status.stallNanoseconds / 1_000_000)
    victim =
      status.victim.rawValue == 0
      ? nil
      : Process(
        pid: status.victim.rawValue, name: status.victimName.description, returnsBytes: status.victimBytes,
        points: status.victimPoints, scoreAdjustment: nil, growthBytesPerSecond: nil)
    candidates = (0..<status.candidateCount).map { Process(status.candidate(at: $0)) }
    counts = Counts(
      kills: status.kills, asked: status.asked, released: status.released, refused: status.refused, told: status.told,
      events: status.events, bytesBack: status.bytesBack, unknownCalls: status.unknownCalls)
    measured = Measured(
      latencyNanoseconds: status.latencyNanoseconds, releaseBytesPerSecond: status.releaseBytesPerSecond,
      fillCeilingBytesPerSecond: status.fillCeilingBytesPerSecond)
    let number = status.logErrorNumber
    killLog = Log(
      state: status.logState.map { "\($0)" },
      error: number == 0 ? nil : Errno(rawValue: CInt(clamping: number)).description, entered: status.entered,
      stored: status.stored, lost: status.lost, waitingNanoseconds: status.logWaitingNanoseconds.map(since))
    lastKills = records.map { KilledProcess($0) }
    self.records = records
  }
}

extension TopReport.Process {
  fileprivate init(_ candidate: StatusCandidate) {
    pid = candidate.pid.rawValue
    name = candidate.name.description
    returnsBytes = candidate.bytes
    points = candidate.points
    scoreAdjustment = candidate.scoreAdjustment
    growthBytesPerSecond = candidate.growthBytesPerSecond
  }
}
