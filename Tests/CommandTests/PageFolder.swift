import Foundation
import ScytheLinux
import ScytheTelemetry

/// A status page that these tests write as a daemon would.
final class PageFolder {
  let url: URL
  var file: String { url.appendingPathComponent("status").path }

  init() throws {
    url = URL(fileURLWithPath: "/dev/shm/scythe-test.\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func page(boot: BootIdentity) throws -> StatusPage {
    var page = try StatusPage(in: PathBuffer(bytes: url.path.utf8), boot: boot)
    page.publish(PageFolder.status)
    var record = KillRecord()
    record.pid = PID(99)
    record.setName(ProcessName(Array("last one".utf8).span))
    record.outcome = .killed
    page.enter(record)
    return page
  }

  /// A daemon that is well, while memory is being filled.
  static var status: StatusSnapshot {
    var status = StatusSnapshot()
    status.pid = PID(4711)
    status.setMode(.watches)
    status.setProfile(.desktop)
    status.sampledNanoseconds = UInt64(MonotonicClock.nowNanoseconds)
    status.sizeBytes = 16 << 30
    status.headroomBytes = 3 << 30
    status.lineBytes = 80 << 20
    status.fillBytesPerSecond = 1 << 30
    status.timeLeftNanoseconds = 2_900_000_000
    status.setRestraint(.enough)
    status.setLogState(.failing)
    status.logErrorNumber = 28
    status.entered = 1
    status.unknownCalls = 3
    status.logWaitingNanoseconds = UInt64(MonotonicClock.nowNanoseconds)
    var candidate = StatusCandidate()
    candidate.pid = PID(1234)
    candidate.name = ProcessName(Array("largest one".utf8).span)
    candidate.bytes = 1 << 30
    candidate.points = 1 << 20
    status.candidateCount = 1
    status.setCandidate(candidate, at: 0)
    return status
  }
}
