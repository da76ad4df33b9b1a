import Scythe

/// A report as a program reads it. Bytes and nanoseconds are integers; what is not known is absent.
struct KillReportJSON: Encodable {
  struct Left: Encodable {
    let privateBytes, sharedBytes, hugetlbBytes, pinnedBytes, pageTableBytes: UInt64
  }

  struct Victim: Encodable {
    let pid: Int32
    let name: String
    let startTicks: UInt64
    let fate: String
    let explanation: String
    let carrier: String?
    let workers, releaseCalls: Int
    let robust: String
    let rescued: Bool
    let anonymousBytesBefore, swapBytesBefore, sharedBytesBefore, fileBytesBefore: UInt64
    let bytesBack: UInt64
    let evidence: String
    let left: Left
    let checkNanoseconds, releaseNanoseconds: Int64
    let deliveredNanoseconds, exitNanoseconds, backNanoseconds: Int64?
  }

  struct Spared: Encodable {
    let pid: Int32
    let name: String
    let reason: String
  }

  let dryRun: Bool
  let allBack: Bool
  let interrupted: Bool
  let bytesBack: UInt64
  let bytesLeft: UInt64
  let elapsedNanoseconds: Int64
  let groupBytesBefore, groupBytesAfter: UInt64?
  let victims: [Victim]
  let spared: [Spared]

  init(_ report: KillReport, isDryRun: Bool) {
    dryRun = isDryRun
    allBack = report.summary.isAllBack && !isDryRun
    interrupted = report.summary.isCancelled
    bytesBack = report.summary.bytesBack
    bytesLeft = report.summary.left.totalBytes
    elapsedNanoseconds = report.summary.elapsedNanoseconds
    groupBytesBefore = report.summary.groupBeforeBytes
    groupBytesAfter = report.summary.groupAfterBytes
    victims = report.victims.map(KillReportJSON.victim)
    spared = report.spared.map {
      Spared(pid: $0.pid.rawValue, name: $0.name.description, reason: $0.reason?.explanation ?? "not permitted")
    }
  }

  private static func victim(_ victim: VictimReport) -> Victim {
    Victim(
      pid: victim.pid.rawValue, name: victim.name.description, startTicks: victim.startTicks,
      fate: victim.fate.keyword, explanation: victim.fate.explanation, carrier: victim.carrier.map { "\($0)" },
      workers: victim.workers, releaseCalls: victim.releaseCalls, robust: "\(victim.robust)",
      rescued: victim.rescue == .moved,
      anonymousBytesBefore: victim.before.anonymousBytes, swapBytesBefore: victim.before.swapBytes,
      sharedBytesBefore: victim.before.sharedBytes, fileBytesBefore: victim.before.fileBytes,
      bytesBack: victim.bytesBack, evidence: victim.evidence.keyword,
      left: Left(
        privateBytes: victim.left.privateBytes, sharedBytes: victim.left.sharedBytes,
        hugetlbBytes: victim.left.hugetlbBytes, pinnedBytes: victim.left.pinnedBytes,
        pageTableBytes: victim.left.pageTableBytes),
      checkNanoseconds: victim.checkNanoseconds, releaseNanoseconds: victim.releaseNanoseconds,
      deliveredNanoseconds: victim.deliveredNanoseconds, exitNanoseconds: victim.exitNanoseconds,
      backNanoseconds: victim.backNanoseconds)
  }
}

extension Evidence {
  /// One word for programs.
  var keyword: String {
    switch self {
    case .none: "none"
    case .exit: "exit"
    case .residentSetAfterRelease: "rss-after-release"
    }
  }
}
